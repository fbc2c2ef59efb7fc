"""How long a submit takes while the broker is absent, frozen, flushed or killed, and what becomes
of it.
"""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable
from contextlib import AbstractContextManager

from bench import rest
from bench.figures import Figure, milliseconds
from bench.stops import SETTINGS, START_SECONDS, WORKER, web
from tests.rig import brokers, worker
from tests.rig import site as sites
from tests.rig.waiting import wait_for

SUBMITS = 100
FROZEN_SECONDS = 60.0
PAUSE_SECONDS = 0.1
END_SECONDS = 120
GOAL = "p99 ≤ 100 ms"
BROKERS: dict[str, Callable[[], AbstractContextManager[brokers.Broker]]] = {
    "Redis": brokers.redis_broker,
    "RabbitMQ": brokers.rabbitmq_broker,
}


def measure() -> list[Figure]:
    """Submit by REST all the while; in the end each run has to be performed once."""
    figures = []
    for name, make in BROKERS.items():
        with make() as broker, sites.made(CELERY_BROKER_URL=broker.url, **SETTINGS) as site:
            figures += _outages(name, broker, site)
    return figures


def _outages(name: str, broker: brokers.Broker, site: sites.Site) -> list[Figure]:
    ids: list[str] = []

    def figure(state: str, seconds: float = 0.0) -> Figure:
        return Figure(f"submit, {name} {state}", _submit(site, ids, seconds), GOAL)

    with web(site), worker.started(site, command=WORKER) as performing:
        figures = [figure("absent at boot")]
        broker.start()
        performing.wait_until_ready()
        wait_for(lambda: _is_ready(site), START_SECONDS, "a site that is ready")
        figures.append(figure("there"))
        with broker.frozen():
            figures.append(figure(f"frozen {FROZEN_SECONDS:g} s", FROZEN_SECONDS))
        broker.empty()
        figures.append(figure("flushed"))
        broker.kill()
        figures.append(figure("killed"))
        broker.start()
        once = sum(_is_performed_once(site, run) for run in ids)
    goal = str(len(ids))
    return [*figures, Figure(f"{name} back: runs performed, once each", str(once), goal)]


def _submit(site: sites.Site, ids: list[str], seconds: float) -> str:
    """Submit SUBMITS runs, or for so long, one after the other; return the times in words."""
    taken = []
    end = time.monotonic() + seconds
    while len(taken) < SUBMITS or time.monotonic() < end:
        began = time.monotonic()
        ids.append(rest.start(site.url, "noop")["id"])
        taken.append(time.monotonic() - began)
        time.sleep(PAUSE_SECONDS)
    return milliseconds(taken, 0.99)


def _is_performed_once(site: sites.Site, run: str) -> bool:
    path = f"{site.url}/api/v1/runs/{run}"
    wait_for(lambda: rest.get(path)["state"] == "succeeded", END_SECONDS, f"the end of {run}")
    return bool(rest.get(path)["attempt"] == 1)


def _is_ready(site: sites.Site) -> bool:
    try:
        rest.get(f"{site.url}/readyz")
    except urllib.error.HTTPError:
        return False
    return True
