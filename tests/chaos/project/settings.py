"""The demo's settings, with the jobs of chaos."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.project.apps.ChaosConfig"]
