"""Recipes, and running them: for the pipeline, studies and sweeps."""
