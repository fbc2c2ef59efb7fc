"""The same, with a Redis that soon delivers again what nobody has acknowledged."""

import os

from tests.faults.project.settings import *  # noqa: F403

CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": int(os.environ["VISIBLE_SECONDS"])}
