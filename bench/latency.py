"""From the submit to the job's first line, with an idle embedded worker."""

from __future__ import annotations

import datetime as dt
import time

from bench import rest
from bench.figures import Figure, milliseconds
from bench.site import running_site

RUNS = 200
PAUSE_SECONDS = 0.05


def measure() -> list[Figure]:
    """Submit runs one by one over REST; the job prints the instant at which its code began."""
    created, posted = [], []
    with running_site("--noreload") as site:
        for number in range(RUNS + 10):
            began = time.perf_counter()
            run = rest.start(site.url, "first_line")
            answered = time.perf_counter() - began
            rest.finished(site.url, run["id"])
            line = rest.get(f"{site.url}/api/v1/runs/{run['id']}/log")["lines"][0]
            submitted_at = dt.datetime.fromisoformat(run["created_at"]).timestamp()
            if number >= 10:
                created.append(float(line["text"]) - submitted_at)
                posted.append(answered)
            time.sleep(PAUSE_SECONDS)
    return [
        Figure(
            "submit → first line, embedded", milliseconds(created, 0.99), "p50 ≤ 5, p99 ≤ 25 ms"
        ),
        Figure(
            "POST → 202, seen by the client", milliseconds(posted, 0.99), "p50 ≤ 5, p99 ≤ 20 ms"
        ),
    ]
