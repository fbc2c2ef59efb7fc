"""The demo's settings, with the app that gives texts back."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as DEMO_APPS

INSTALLED_APPS = [*DEMO_APPS, "tests.browser.echo"]
