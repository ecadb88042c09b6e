"""The built-in baselines."""
