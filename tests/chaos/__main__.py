"""Run a campaign and print its report; the exit code is 1 when a promise was not kept."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.chaos.scene import BROKERS, Plan, entered


def main() -> int:
    """Perform what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--faults", type=int, default=0, help="go on until so many have landed")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="submit no longer")
    parser.add_argument(
        "--full", action="store_true", help="PostgreSQL, a broker and two workers of their own"
    )
    parser.add_argument("--broker", choices=BROKERS, default=BROKERS[0], help="of --full")
    parser.add_argument("--folder", type=Path, help="default: build/chaos/(BROKER-)seed-SEED")
    given = parser.parse_args()
    kind = f"{given.broker}-" if given.full else ""
    name = f"{kind}seed-{given.seed}"
    folder = (given.folder or Path("build/chaos") / name).absolute()
    plan = Plan(
        seed=given.seed,
        runs=given.runs,
        faults=given.faults,
        minutes=given.minutes,
        folder=folder,
        is_full=given.full,
        broker=given.broker,
    )
    with entered(plan) as scene:
        from tests.chaos.campaign import Campaign

        report = Campaign(plan, scene).perform()
    print(report, flush=True)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
