"""One campaign: so many runs under one seed's faults, then quiet, then the checker."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import django.db
from django.db import Error

from samovar.models import Attempt, Run
from tests.chaos import edges, ticks
from tests.chaos.checker import check
from tests.chaos.driver import Desk, Driver, driving
from tests.chaos.journal import Reader
from tests.chaos.nemesis import Nemesis
from tests.chaos.scene import Plan, Scene

T = TypeVar("T")

QUIET_SECONDS = 60.0
"""How long nothing may move before the wait for the last end is given up."""
DRIVERS = 8
SURPLUS = 1.3
"""How many more faults may land than were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    runs: int
    ends: dict[str, int]
    faults: dict[str, int]
    missed: dict[str, int]
    lost_attempts: int
    released_attempts: int
    seconds: float
    ticks: int
    unanswered: int
    violations: list[str]

    def __str__(self) -> str:
        """Return the report as a person reads it."""
        ends = ", ".join(f"{count} {state}" for state, count in sorted(self.ends.items()))
        head = (
            f"{self.runs} runs and {self.ticks} of ticks in {self.seconds:.0f} s: {ends}; "
            f"{sum(self.faults.values())} faults landed, {self.lost_attempts} attempts were lost, "
            f"{self.released_attempts} handed back; {self.unanswered} requests had no answer"
        )
        faults = [f"  {count:5}  {name}" for name, count in sorted(self.faults.items())]
        words = [f"VIOLATION {text}" for text in self.violations] or ["No violation."]
        return "\n".join([head, *faults, *words])


class Campaign:
    """Drives, breaks, waits and judges."""

    def __init__(self, plan: Plan, scene: Scene) -> None:
        self._plan = plan
        self._scene = scene
        self._nemesis = Nemesis(scene.kinds, plan.seed, plan.pauses, self._is_ahead)
        self._desk = Desk(scene.address, plan.seed, plan.runs, self._has_met_enough)
        self._began_at = time.monotonic()

    def perform(self) -> Report:
        """Drive under faults, wait for quiet, judge; the raw history stays in the folder."""
        ticks.begin()
        with driving(self._desk, DRIVERS) as drivers:
            self._nemesis.start()
            try:
                self._watch(drivers)
            finally:
                self._nemesis.stop()
        _persist(ticks.end)
        self._wait_for_ends()
        report = self._judge()
        self._keep(report)
        return report

    def _has_met_enough(self) -> bool:
        counts = self._nemesis.counts()
        return bool(self._nemesis.failure) or (
            sum(counts.values()) >= self._plan.faults
            and 5 * counts.get("runner killed", 0) >= self._plan.faults
        )

    def _is_ahead(self) -> bool:
        """Return whether more than the faults asked for landed on the runs submitted so far."""
        due = SURPLUS * self._plan.faults * self._desk.share
        return bool(self._plan.faults) and len(self._nemesis.landed) > due

    def _watch(self, drivers: list[Driver]) -> None:
        """Hold the drivers back while too many runs wait, until they have submitted all."""
        end = self._began_at + 60 * self._plan.minutes
        while any(driver.is_alive() for driver in drivers):
            self._desk.is_closed = time.monotonic() > end
            if _active() < self._plan.backlog:
                self._desk.has_room.set()
            else:
                self._desk.has_room.clear()
            time.sleep(0.1)

    def _wait_for_ends(self) -> None:
        """Wait until all has ended, or nothing moves."""
        seen, moved_at = -1, time.monotonic()
        while seen and time.monotonic() - moved_at < QUIET_SECONDS:
            if (now := _active()) != seen:
                seen, moved_at = now, time.monotonic()
            time.sleep(0.2)

    def _judge(self) -> Report:
        journal = Reader(self._plan.folder).news()
        violations = [str(each) for each in check(self._desk.answers, journal)]
        violations += [f"nemesis: {self._nemesis.failure}"] * bool(self._nemesis.failure)
        violations += [f"ticks: {text}" for text in ticks.faults()]
        left = [one for one in self._scene.stand.processes() if one.name == "sleep"]
        violations += [f"left behind: {one}" for one in left]
        return Report(
            runs=len(self._desk.answers.accepted),
            ends=dict(Counter(Run.objects.values_list("state", flat=True))),
            faults=dict(self._nemesis.counts()),
            missed=dict(self._nemesis.missed),
            lost_attempts=Attempt.objects.filter(state="lost").count(),
            released_attempts=Attempt.objects.filter(state="released").count(),
            seconds=time.monotonic() - self._began_at,
            ticks=len(ticks.runs()),
            unanswered=len(self._desk.answers.unanswered),
            violations=violations,
        )

    def _keep(self, report: Report) -> None:
        """Write down the history that stands nowhere else."""
        for name, what in (
            ("answers", dataclasses.asdict(self._desk.answers)),
            ("faults", [dataclasses.asdict(each) for each in self._nemesis.landed]),
            ("edges", [dataclasses.asdict(each) for each in edges.noted()]),
            ("runs", list(Run.objects.values())),
            ("attempts", list(Attempt.objects.values())),
            ("report", dataclasses.asdict(report)),
        ):
            text = json.dumps(what, indent=1, default=str)
            (self._plan.folder / f"{name}.json").write_text(text)


def _active() -> int:
    """Return how many runs have not ended."""
    return _persist(Run.objects.active().count)


def _persist(ask: Callable[[], T]) -> T:
    """Ask until the database answers, which may be away by a fault of ours."""
    while True:
        try:
            return ask()
        except Error:
            django.db.connection.close()
            time.sleep(0.2)
