"""The built-in sources, a file each: published sets, and forms that people's own images have."""
