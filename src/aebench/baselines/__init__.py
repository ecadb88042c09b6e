"""Baselines: established methods that studies compare trained nets with."""
