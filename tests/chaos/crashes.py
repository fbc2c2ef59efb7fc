"""Every crash point in turn: a scripted scenario is played as often as there are points, and each
time one process dies at one of them.

    python -m tests.chaos.crashes            all points on the embedded site
    python -m tests.chaos.crashes --full     all points on PostgreSQL, Redis and two workers
    CRASH_AT=17 python -m tests.chaos.crashes     one of them

The points are those that the scenario passes each time when nothing is armed; of one that it
passes often, the first and the second time are taken, which later ones are like. The scenario is
played until the armed point is passed.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import operator
import os
import random
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.client import Client
from tests.chaos.journal import Reader
from tests.chaos.scene import Plan, Scene, entered

if TYPE_CHECKING:
    from tests.chaos.driver import Answers

BEGIN_SECONDS = 15.0
END_SECONDS = 120.0
RECORDINGS = 3
"""How often the scenario is played to find its points: some steps are taken now and then."""
TIMES = 2
"""How often a point is armed that is passed often."""
PLAYS = 15
"""How often the scenario is played for one point: in a play the step may fall to nobody."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place, and which time it is passed."""

    name: str
    time: int


@dataclass(slots=True)
class Outcome:
    """What came of all points."""

    points: int
    landed: list[Point] = field(default_factory=list)
    unmet: list[Point] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it as a person reads it."""
        tried = len(self.landed) + len(self.unmet)
        head = f"{self.points} crash points, {tried} armed, {len(self.landed)} landed"
        unmet = [f"  not passed: {point.name} ({point.time})" for point in self.unmet]
        words = [f"VIOLATION {text}" for text in self.violations] or ["No violation."]
        return "\n".join([head, *unmet, *words])


class Scenario:
    """Runs of every character; a runner and a worker are killed, and a worker is asked to end."""

    def __init__(self, plan: Plan, scene: Scene, answers: Answers) -> None:
        from tests.chaos.kills import Attempts, Kills

        self._client = Client(scene.address)
        self._answers = answers
        self._attempts = Attempts(plan.folder)
        self._kills = Kills(scene.stand, self._attempts)
        self._runs: list[str] = []

    def play(self) -> bool:
        """Play it once; answer whether all came to an end."""
        self._runs = []
        self._submit("moody", lines=2, pause=0.01, until=2)
        self._submit("resuming", lines=8, pause=0.02)
        cancelled = self._submit("steps", lines=600, pause=0.01)
        victim = self._submit("littering", lines=30, pause=0.02)
        for _ in range(3):
            self._submit("steps", lines=2, pause=0.0)
        self._cancel(self._submit("steps", lines=5, pause=0.01))
        if pid := self._begun(victim):
            os.kill(pid, signal.SIGKILL)
        self._begun(cancelled)
        self._cancel(cancelled)
        for number in (signal.SIGKILL, signal.SIGTERM):
            self._begun(self._submit("resuming", lines=40, pause=0.02))
            self._kills.by_name("worker", number)(random.Random(0))
        return self._have_ended()

    def _submit(self, job: str, **params: Any) -> str:
        key = str(uuid.uuid4())
        if run := self._answers.note_submit(key, *self._client.submit(job, params, key)):
            self._runs.append(run)
        return run

    def _cancel(self, run: str) -> None:
        if run:
            self._answers.note_cancel(run, *self._client.cancel(run))

    def _begun(self, run: str) -> int:
        """Wait until an attempt of `run` lives; return its process, 0 when the run is over."""
        deadline = time.monotonic() + BEGIN_SECONDS
        while time.monotonic() < deadline and self._states([run])[run] not in _FINAL:
            for entry in self._attempts.live():
                if entry.run == run:
                    return entry.pid
            time.sleep(0.02)
        return 0

    def _have_ended(self) -> bool:
        deadline = time.monotonic() + END_SECONDS
        while not set(self._states(self._runs).values()) <= _FINAL:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _states(self, runs: Sequence[str]) -> dict[str, str]:
        from samovar.models import Run

        rows = Run.objects.filter(pk__in=runs).values_list("pk", "state")
        return dict.fromkeys(runs, "") | {str(pk): state for pk, state in rows}


_FINAL = {"succeeded", "failed", "cancelled"}


class Rounds:
    """Plays the scenario once for each point."""

    def __init__(self, plan: Plan, scene: Scene, folder: Path) -> None:
        from tests.chaos.driver import Answers

        self._plan = plan
        self._folder = folder
        self._answers = Answers()
        self._scenario = Scenario(plan, scene, self._answers)

    def points(self) -> list[Point]:
        """Play with nothing armed, and return what was passed."""
        plays = [self._recorded() for _ in range(RECORDINGS)]
        always = functools.reduce(operator.and_, plays)
        return sorted(
            Point(name, time + 1)
            for name, count in always.items()
            for time in range(min(count, TIMES))
        )

    def _recorded(self) -> Counter[str]:
        """Play once, and return how often each point was passed."""
        record = self._folder / "points"
        record.touch()
        self._scenario.play()
        passed = Counter(record.read_text().splitlines())
        record.unlink()
        return passed

    def perform(self, choose: Callable[[list[Point]], list[Point]]) -> Outcome:
        """Arm each point that `choose` takes, play, and judge all of it in the end."""
        points = self.points()
        outcome = Outcome(len(points))
        (self._plan.folder / "points.json").write_text(
            json.dumps([dataclasses.astuple(point) for point in points], indent=1)
        )
        for point in choose(points):
            landed = self._play_until_dead(point, outcome)
            (outcome.landed if landed else outcome.unmet).append(point)
            number, word = points.index(point) + 1, "landed" if landed else "not passed"
            print(f"{number:4} {word}: {point.name} ({point.time})", flush=True)
        self._disarm()
        outcome.violations += self._judge()
        return outcome

    def _play_until_dead(self, point: Point, outcome: Outcome) -> bool:
        """Arm the point and play; answer whether a process died there."""
        self._arm(point)
        for _ in range(PLAYS):
            if not self._scenario.play():
                outcome.violations.append(f"no end within {END_SECONDS:g} s after {point}")
            if (self._folder / "hit").exists():
                return True
        return False

    def _arm(self, point: Point) -> None:
        self._disarm()
        fresh = self._folder / "fresh"
        fresh.write_text(f"{point.name}\t{point.time}")
        fresh.rename(self._folder / "armed")

    def _disarm(self) -> None:
        for name in ("armed", "count", "hit"):
            (self._folder / name).unlink(missing_ok=True)

    def _judge(self) -> list[str]:
        from tests.chaos.checker import check

        journal = Reader(self._plan.folder).news()
        return [str(each) for each in check(self._answers, journal)]


def main() -> int:
    """Perform what the command line and CRASH_AT say."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.crashes", description=__doc__)
    parser.add_argument("--full", action="store_true", help="PostgreSQL, Redis and two workers")
    parser.add_argument("--sample", type=int, help="only so many points, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="default: build/chaos/(full-)crashes")
    given = parser.parse_args()
    folder = given.folder or Path("build/chaos") / f"{'full-' if given.full else ''}crashes"
    plan = Plan(seed=given.seed, runs=0, folder=folder.absolute(), is_full=given.full, slots=4)

    def choose(points: list[Point]) -> list[Point]:
        if at := os.environ.get("CRASH_AT"):
            return [points[int(at) - 1]]
        count = min(given.sample or len(points), len(points))
        return sorted(random.Random(given.seed).sample(points, count))

    with entered(plan, crash_points=True) as scene:
        outcome = Rounds(plan, scene, plan.folder / "crash").perform(choose)
    print(outcome, flush=True)
    return 1 if outcome.violations or outcome.unmet else 0


if __name__ == "__main__":
    sys.exit(main())
