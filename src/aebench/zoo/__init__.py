"""Trained models that come with the package, and the cards that say what they are."""
