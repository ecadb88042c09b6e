"""The built-in penalties."""
