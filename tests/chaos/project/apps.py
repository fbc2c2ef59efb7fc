"""Lay the crash points when a campaign asks for them."""

from __future__ import annotations

import os
from pathlib import Path

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """The jobs of chaos, and its crash points."""

    name = "tests.chaos.project"
    label = "chaos"

    def ready(self) -> None:
        """Lay the points in the processes of the site."""
        if folder := os.environ.get("CRASH_FOLDER"):
            from tests.chaos.project import crash_points

            crash_points.install(Path(folder))
