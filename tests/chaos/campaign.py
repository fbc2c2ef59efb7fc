"""One campaign: so many runs under one seed's faults, then quiet, then the checker."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from tests.rig.site import ROOT

START_SECONDS = 60.0
QUIET_SECONDS = 60.0
"""How long nothing may move before the wait for the last end is given up."""
DRIVERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do. `pauses` are the shortest and longest seconds between two faults."""

    seed: int
    runs: int
    folder: Path
    pauses: tuple[float, float] = (0.05, 0.6)
    lease: float = 5.0
    slots: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    runs: int
    ends: dict[str, int]
    faults: dict[str, int]
    missed: dict[str, int]
    lost_attempts: int
    seconds: float
    violations: list[str]

    def __str__(self) -> str:
        """Return the report as a person reads it."""
        head = (
            f"{self.runs} runs in {self.seconds:.0f} s: "
            + ", ".join(f"{count} {state}" for state, count in sorted(self.ends.items()))
            + f"; {sum(self.faults.values())} faults landed, {self.lost_attempts} attempts lost"
        )
        faults = [f"  {count:5}  {name}" for name, count in sorted(self.faults.items())]
        words = [f"VIOLATION {text}" for text in self.violations] or ["No violation."]
        return "\n".join([head, *faults, *words])


def perform(plan: Plan) -> Report:
    """Perform a campaign; its raw history stays in the plan's folder."""
    _prepare(plan)
    with _stand(plan) as (stand, address):
        return _Campaign(plan, stand, address).perform()


def _prepare(plan: Plan) -> None:
    """Lay the folder and the environment, set Django up, make the tables and the triggers."""
    shutil.rmtree(plan.folder, ignore_errors=True)
    (plan.folder / "locks").mkdir(parents=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.project.settings",
        "SAMOVAR_DATA": str(plan.folder / "data"),
        "SECRET_KEY": "the key of a site that lives as long as one campaign",
        "SAMOVAR_OPEN": "1",
        "SAMOVAR_SLOTS": str(plan.slots),
        "SAMOVAR_LEASE_SECONDS": str(plan.lease),
        "SAMOVAR_CANCEL_GRACE_SECONDS": "0.5",
        "SAMOVAR_STOP_GRACE_SECONDS": "0.5",
        "PYTHONPATH": str(ROOT),
    }
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.chaos import edges

    edges.install()


def _stand(plan: Plan) -> contextlib.AbstractContextManager[Any]:
    from tests.chaos.stand import embedded

    return embedded(plan.folder, {"CHAOS_FOLDER": str(plan.folder)})


class _Campaign:
    def __init__(self, plan: Plan, stand: Any, address: str) -> None:
        from tests.chaos.driver import Desk
        from tests.chaos.kills import Attempts, Kills
        from tests.chaos.nemesis import Nemesis

        self._plan = plan
        self._stand = stand
        self._desk = Desk(address, plan.seed, plan.runs)
        kinds = Kills(stand, Attempts(plan.folder)).kinds()
        self._nemesis = Nemesis(kinds, seed=plan.seed, pauses=plan.pauses)
        self._began_at = time.monotonic()

    def perform(self) -> Report:
        """Drive under faults, wait for quiet, judge."""
        from tests.chaos.driver import driving

        with driving(self._desk, DRIVERS) as drivers:
            self._nemesis.start()
            try:
                self._wait_for_ends(lambda: any(driver.is_alive() for driver in drivers))
            finally:
                self._nemesis.stop()
        self._wait_for_ends(lambda: False)
        return self._judge()

    def _wait_for_ends(self, more_comes: Any) -> None:
        """Wait until nothing comes any more and all has ended, or nothing moves."""
        seen, moved_at = (0, 0), time.monotonic()
        while more_comes() or _active():
            now = (_active(), _all())
            if now != seen:
                seen, moved_at = now, time.monotonic()
            if time.monotonic() - moved_at > QUIET_SECONDS:
                return
            time.sleep(0.2)

    def _judge(self) -> Report:
        from samovar.models import Attempt, Run
        from tests.chaos.checker import check
        from tests.chaos.journal import Reader

        journal = Reader(self._plan.folder).news()
        violations = [str(each) for each in check(self._desk.answers, journal)]
        left = [one for one in self._stand.processes() if one.name == "sleep"]
        violations += [f"left behind: {one}" for one in left]
        report = Report(
            runs=_all(),
            ends=dict(Counter(Run.objects.values_list("state", flat=True))),
            faults=dict(self._nemesis.counts()),
            missed=dict(self._nemesis.missed),
            lost_attempts=Attempt.objects.filter(state="lost").count(),
            seconds=time.monotonic() - self._began_at,
            violations=violations,
        )
        self._keep(report)
        return report

    def _keep(self, report: Report) -> None:
        """Write down the history that stands nowhere else."""
        from tests.chaos import edges

        for name, what in (
            ("answers", dataclasses.asdict(self._desk.answers)),
            ("faults", [dataclasses.asdict(each) for each in self._nemesis.landed]),
            ("edges", [dataclasses.asdict(each) for each in edges.noted()]),
            ("report", dataclasses.asdict(report)),
        ):
            (self._plan.folder / f"{name}.json").write_text(json.dumps(what, indent=1))


def _all() -> int:
    from samovar.models import Run

    return Run.objects.count()


def _active() -> int:
    from samovar.models import Run

    return Run.objects.active().count()
