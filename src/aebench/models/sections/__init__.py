"""The built-in models and their parts, one model per file."""
