"""The built-in models and the parts that they name, a file a model."""
