"""Optimizers: `sections` says what the config may say of each, the other modules are their steps."""
