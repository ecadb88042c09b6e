"""Loss functions. An objective knows no optimizer and no net, so that all combine."""
