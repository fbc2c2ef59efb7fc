"""The newer code."""
