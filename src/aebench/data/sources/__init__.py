"""The built-in data sources, one per file: published data sets, and formats of users' own data."""
