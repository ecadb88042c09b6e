"""Training: optimizers, schedules, the training loop and the store of runs."""
