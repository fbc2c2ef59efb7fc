"""What the embedded default costs while nobody asks anything of it."""

from __future__ import annotations

import time

import psutil

from bench.figures import Figure
from bench.site import running_site

SETTLE_SECONDS = 10
MEASURE_SECONDS = 60


def measure() -> list[Figure]:
    """Leave the site alone for a minute; add up all of its processes, autoreloader included."""
    with running_site() as site:
        time.sleep(SETTLE_SECONDS)
        family = _family(site.pid)
        before = sum(_cpu(process) for process in family)
        time.sleep(MEASURE_SECONDS)
        share = (sum(_cpu(process) for process in family) - before) / MEASURE_SECONDS
        memory = sum(process.memory_full_info().pss for process in family)
    return [
        Figure("idle, share of one core", f"{share:.2%} ({len(family)} processes)", "≤ 1 %"),
        Figure("idle, memory (PSS)", f"{memory / 2**20:.0f} MiB", "≤ 150 MiB"),
    ]


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
