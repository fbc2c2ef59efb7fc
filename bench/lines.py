"""Lines that one job prints, stored complete and in order."""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time

from bench import rest
from bench.figures import Figure
from bench.site import running_site

LINES = 1_000_000
ROUNDS = 3
LOOP = f"for number in range({LINES}): print('line', number)"


def measure() -> list[Figure]:
    """Print a million lines in a job, and with `python -u` into a file for comparison."""
    stored, plain = [], []
    with running_site("--noreload") as site:
        for _ in range(ROUNDS):
            plain.append(_into_a_file())
            stored.append(_in_a_job(site.url))
    ours, file = statistics.median(stored), statistics.median(plain)
    return [
        Figure("lines stored per second", f"{ours:,.0f}", "≥ 500,000"),
        Figure("python -u into a file, lines per second", f"{file:,.0f}"),
        Figure("ratio", f"{ours / file:.2f}", "≥ 0.7"),
    ]


def _in_a_job(site: str) -> float:
    run = rest.finished(site, rest.start(site, "flood", lines=LINES)["id"])
    last = rest.get(f"{site}/api/v1/runs/{run['id']}/log?after={LINES - 1}")["lines"]
    if [line["text"] for line in last] != [f"line {LINES - 1}"]:
        raise SystemExit(f"the log of {run['id']} does not end with its last line: {last}")
    began, ended = (dt.datetime.fromisoformat(run[key]) for key in ("started_at", "finished_at"))
    return LINES / (ended - began).total_seconds()


def _into_a_file() -> float:
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-u", "-c", LOOP], stdout=file, check=True)
        return LINES / (time.perf_counter() - began)
