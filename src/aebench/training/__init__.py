"""Training: one run at a time, by one function, kept in the run store."""
