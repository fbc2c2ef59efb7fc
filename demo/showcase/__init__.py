"""Jobs to learn from."""
