"""Flower, and a Celery worker for it to look at, on Redis."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.rig import missing, redis
from tests.rig import site as sites
from tests.rig.flower import Stack
from tests.rig.waiting import wait_for

SETTINGS = "tests.integration.engine.project.settings"


@pytest.fixture(scope="module")
def redis_site() -> Iterator[Stack]:
    """Give a site on a Redis of its own, which nobody else fills or empties; no process yet."""
    if shutil.which(redis.PROGRAM) is None:
        missing.skip(redis.SERVICE, redis.PROGRAM)
    with redis.running() as url:
        environ = {"DJANGO_SETTINGS_MODULE": SETTINGS, "CELERY_BROKER_URL": url}
        with sites.made(**environ) as site, ExitStack() as stack:
            yield Stack(site, stack)


@pytest.fixture(scope="module")
def flower(redis_site) -> Stack:
    """Give a site with a worker that Flower knows."""
    stack = redis_site
    stack.start_flower()
    stack.start_worker()
    wait_for(lambda: "kettle@" in stack.ask("/workers?json=1")[1], 20, "Flower to see the worker")
    return stack
