"""Baselines: what a person would use instead of a trained net, as cells of a study."""
