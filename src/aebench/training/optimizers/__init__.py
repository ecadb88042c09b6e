"""Optimizers: `sections` has their hyperparameters, the other modules their steps."""
