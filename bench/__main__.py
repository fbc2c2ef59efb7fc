"""Run benchmarks and print their figures: `python -m bench [NAME ...]`; all without a name."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Callable

from bench import (
    broker_loss,
    browser,
    drain,
    idle,
    latency,
    lines,
    outage,
    recovery,
    stops,
    viewers,
)
from bench.figures import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "latency": latency.measure,
    "browser": browser.measure,
    "viewers": viewers.measure,
    "idle": idle.measure,
    "lines": lines.measure,
    "drain": drain.measure,
    "recovery": lambda: [*recovery.measure(), *broker_loss.measure()],
    "outage": outage.measure,
    "stops": stops.measure,
}


def main() -> None:
    """Measure what is named and print one line a figure."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    # Told to end, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Told to end."))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )
    for name in names:
        for figure in BENCHMARKS[name]():
            print(f"{name:8} {figure}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
