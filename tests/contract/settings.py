"""The demo's settings, with jobs that talk."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as DEMO_APPS

INSTALLED_APPS = [*DEMO_APPS, "tests.contract.talk"]
