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
from tests.rig.site import Site

LINES = 1_000_000
ROUNDS = 3
LOOP = f"for number in range({LINES}): print('line', number)"
READ = """
from samovar.models import Chunk
count = size = 0
for chunk in Chunk.objects.filter(run_id=%r).order_by("first").iterator():
    size += len(chunk.body) + len(str(chunk.index))
    for line in chunk.lines():
        assert (line.n, line.text) == (count + 1, f"line {count}"), line
        count += 1
print(count, size)
"""


def measure() -> list[Figure]:
    """Print a million lines in a job, and with `python -u` into a file for comparison."""
    stored, plain, sizes = [], [], []
    with running_site("--noreload") as site:
        for _ in range(ROUNDS):
            plain.append(_into_a_file())
            seconds, size = _in_a_job(site)
            stored.append(LINES / seconds)
            sizes.append(size / LINES)
    ours, file = statistics.median(stored), statistics.median(plain)
    ratio = statistics.median(a / b for a, b in zip(stored, plain, strict=True))
    return [
        Figure("lines stored per second", f"{ours:,.0f}", "≥ 500,000"),
        Figure("python -u into a file, lines per second", f"{file:,.0f}"),
        Figure("ratio", f"{ratio:.2f}", "≥ 0.7"),
        Figure("stored for a line", f"{statistics.median(sizes):.1f} B", "≤ 5 B"),
    ]


def _in_a_job(site: Site) -> tuple[float, int]:
    """Return how long the job took, and the size of its log, in which every line has its place."""
    run = rest.finished(site.url, rest.start(site.url, "flood", lines=LINES)["id"])
    count, size = map(int, site.manage("shell", "-v0", "-c", READ % run["id"]).stdout.split())
    if count != LINES:
        raise SystemExit(f"The log of {run['id']} has {count} lines of {LINES}.")
    began, ended = (dt.datetime.fromisoformat(run[key]) for key in ("started_at", "finished_at"))
    return (ended - began).total_seconds(), size


def _into_a_file() -> float:
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-u", "-c", LOOP], stdout=file, check=True)
        return LINES / (time.perf_counter() - began)
