"""The older code."""
