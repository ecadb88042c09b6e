"""Measures: metrics of trained models beyond their objectives', and of baselines."""
