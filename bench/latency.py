"""From a submit to the job's first line, with an idle worker, both ways of running; and how long
the server takes to accept a run.
"""

from __future__ import annotations

import datetime as dt
import time

from bench import rest
from bench.figures import Figure, milliseconds
from bench.site import OURS, running_site
from tests.rig import full

RUNS = 200
WARM_UP = 10
PAUSE_SECONDS = 0.05
APPLICATION = "bench.asgi:application"
TO_ACCEPT = "p50 ≤ 5, p99 ≤ 20 ms"


def measure() -> list[Figure]:
    """Submit runs one by one over REST; the job prints the instant at which its code began."""
    with running_site("--noreload") as site:
        embedded = _figures("embedded", "p50 ≤ 5, p99 ≤ 25 ms", site.url)
    with (
        full.servers("redis") as servers,
        full.serving(application=APPLICATION, has_beat=False, **OURS, **servers) as site,
    ):
        return embedded + _figures("full stack", "p50 ≤ 5, p99 ≤ 15 ms", site.url)


def _figures(way: str, goal: str, site: str) -> list[Figure]:
    begun, accepted = [], []
    for number in range(WARM_UP + RUNS):
        run, took = rest.start_timed(site, "first_line")
        rest.finished(site, run["id"])
        line = rest.get(f"{site}/api/v1/runs/{run['id']}/log")["lines"][0]
        submitted_at = dt.datetime.fromisoformat(run["created_at"]).timestamp()
        if number >= WARM_UP:
            begun.append(float(line["text"]) - submitted_at)
            accepted.append(took)
        time.sleep(PAUSE_SECONDS)
    return [
        Figure(f"submit → first line, {way}", milliseconds(begun, 0.99), goal),
        Figure(f"POST → 202 in the server, {way}", milliseconds(accepted, 0.99), TO_ACCEPT),
    ]
