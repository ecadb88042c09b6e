"""Recipes, their runs, and how these are done: for the pipeline, studies and sweeps."""
