"""Reports that are written by schedule."""
