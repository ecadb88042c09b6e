"""MLflow: what is logged of a run, live while it trains and completed from the run store."""
