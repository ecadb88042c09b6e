"""What is minimized. An objective knows no optimizer and no net; any pair of them combines."""
