"""Trained models by name: those of the pipeline, of studies and of sweeps."""
