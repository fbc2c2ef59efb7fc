"""The demo's settings, and one app more."""

from config.settings import *  # noqa: F403
from config.settings import CELERY_BROKER_URL, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.integration.engine.project"]

# `celery inspect` sets Django up no further than these settings.
if not CELERY_BROKER_URL:
    CELERY_BROKER_TRANSPORT = "samovar.engine.doorbell:Transport"
elif CELERY_BROKER_URL.startswith("redis:"):
    CELERY_RESULT_BACKEND = CELERY_BROKER_URL  # where plain tasks leave their results
