"""Optimizers: `sections` has their settings, the other modules their steps."""
