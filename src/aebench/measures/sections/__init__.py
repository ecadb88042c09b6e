"""The built-in measures."""
