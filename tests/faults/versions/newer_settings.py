"""The demo's settings, and the newer code."""

from tests.integration.engine.project.settings import *  # noqa: F403
from tests.integration.engine.project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.versions.newer"]
