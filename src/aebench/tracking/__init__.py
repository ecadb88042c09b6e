"""Logging to MLflow: live during a training, and completed later from the run store."""
