"""Text for people: the report, tables, explanations of metrics, published numbers."""
