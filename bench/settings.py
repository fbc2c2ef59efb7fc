"""The demo's settings with the benchmark's jobs."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - settings are made to be extended so
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.jobs"]

ASGI_APPLICATION = "bench.asgi.application"
