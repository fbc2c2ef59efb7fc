"""The full stack in containers, from a fresh clone: `python -m tests.containers`, by hand."""
