"""REST: /api/v1."""
