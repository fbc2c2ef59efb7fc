"""The jobs of the runner's own tests, for a whole site."""

from __future__ import annotations

from tests.integration.runner import jobs, leaving, steps, unruly

__all__ = ["jobs", "leaving", "steps", "unruly"]
