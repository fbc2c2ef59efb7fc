"""The drivers: submit runs and cancel some of them over HTTP, and write down each answer."""

from __future__ import annotations

import contextlib
import http
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.client import NO_ANSWER, Client


@dataclass(slots=True)
class Answers:
    """What the drivers were told."""

    accepted: dict[str, str] = field(default_factory=dict)
    """The run's id by the key it was asked for with."""
    asked: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """The job and its params by the key."""
    cancelled: list[str] = field(default_factory=list)
    """The runs whose cancellation was answered with 202."""
    refused: list[str] = field(default_factory=list)
    """The runs whose cancellation was answered with 409: they had ended."""
    unanswered: list[str] = field(default_factory=list)
    """The keys of submits, and the runs of cancellations, that had no answer until the client
    gave up: they were done, or they were not.
    """
    odd: list[str] = field(default_factory=list)
    """Answers that nobody should ever get."""

    def note_submit(self, key: str, status: int, run: Any) -> str:
        """Write down what came of a submit; return the run's id, "" when there is none."""
        if status == http.HTTPStatus.ACCEPTED:
            return self.accepted.setdefault(key, str(run["id"]))
        if status == NO_ANSWER:
            self.unanswered.append(key)
        else:
            self.odd.append(f"submit {key}: {status} {run}")
        return ""

    def note_cancel(self, run: str, status: int, answer: Any) -> None:
        """Write down what came of a cancellation."""
        known = {
            http.HTTPStatus.ACCEPTED: self.cancelled,
            http.HTTPStatus.CONFLICT: self.refused,
            NO_ANSWER: self.unanswered,
        }
        if status in known:
            known[status].append(run)
        else:
            self.odd.append(f"cancel {run}: {status} {answer}")


class Desk:
    """What all drivers share: the work that is left, and the answers.

    There is work until `runs` are submitted and `is_enough` says so, or the desk `is_closed`.
    """

    def __init__(self, address: str, seed: int, runs: int, is_enough: Callable[[], bool]) -> None:
        self.address = address
        self.answers = Answers()
        self.guard = threading.Lock()
        self.stopped = threading.Event()
        self.has_room = threading.Event()
        self.has_room.set()
        self.is_closed = False
        self._next = 0
        self._runs = runs
        self._is_enough = is_enough
        self._seed = seed

    @property
    def share(self) -> float:
        """How much of what is to be submitted has been: 0 to 1, more when it goes on."""
        return self._next / max(1, self._runs)

    def next_number(self) -> int | None:
        """Return the number of the next run to submit; None when all are on their way."""
        with self.guard:
            if self.is_closed:
                return None
            self._next += 1
            return self._next if self._next <= self._runs or not self._is_enough() else None

    def chance(self, number: int) -> random.Random:
        """Return the chance that decides on one run, the same for the same seed."""
        return random.Random(f"{self._seed} {number}")


class Driver(threading.Thread):
    """One client of the site."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="driver", daemon=True)
        self._desk = desk
        self._client = Client(desk.address, desk.stopped)

    def run(self) -> None:
        """Submit until all is submitted."""
        while not self._desk.stopped.is_set() and (n := self._desk.next_number()) is not None:
            self._submit(n)
            self._desk.has_room.wait(LONGEST_WAIT_SECONDS)

    def _submit(self, number: int) -> None:
        chance = self._desk.chance(number)
        job, params = _work(chance)
        key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self._desk.answers.asked[key] = job, params
        run = self._desk.answers.note_submit(key, *self._client.submit(job, params, key))
        if not run:
            return
        if chance.random() < CANCELLED_SHARE:
            time.sleep(chance.random())
            cancel(self._desk, self._client, run)


class Interrupter(threading.Thread):
    """Cancels some of the runs while they are performed: what a driver cancels often waits yet."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="interrupter", daemon=True)
        self._desk = desk
        self._client = Client(desk.address, desk.stopped)
        self._seen: set[str] = set()

    def run(self) -> None:
        """Look until the drivers are done."""
        while not self._desk.stopped.wait(LOOK_SECONDS):
            fresh = [run for run in self._client.running() if run not in self._seen]
            self._seen.update(fresh)
            for run in fresh:
                if random.Random(run).random() < INTERRUPTED_SHARE:
                    cancel(self._desk, self._client, run)


def cancel(desk: Desk, client: Client, run: str) -> None:
    """Ask for the run's end, and write the answer down."""
    told = client.cancel(run)
    with desk.guard:
        desk.answers.note_cancel(run, *told)


LOOK_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 30.0
"""Then a run is submitted however many wait."""
CANCELLED_SHARE = 0.1
INTERRUPTED_SHARE = 0.2
"""Of the runs that are seen while they are performed."""
JOBS = {
    "steps": 40, "fragile": 10, "moody": 15, "littering": 10, "stubborn": 5, "resuming": 20
}  # fmt: skip
_PACES = ((60, (1, 8), (0.0, 0.01)), (30, (5, 20), (0.01, 0.05)), (10, (10, 30), (0.05, 0.15)))
"""How many of a hundred runs print how many lines with which pause: mostly short, some long."""


def _work(chance: random.Random) -> tuple[str, dict[str, Any]]:
    [job] = chance.choices(list(JOBS), list(JOBS.values()))
    [(_, lines, pause)] = chance.choices(_PACES, [weight for weight, _, _ in _PACES])
    params = {"lines": chance.randint(*lines), "pause": round(chance.uniform(*pause), 3)}
    return job, params | ({"until": chance.randint(1, 5)} if job == "moody" else {})


@contextlib.contextmanager
def driving(desk: Desk, count: int) -> Iterator[list[Driver]]:
    """Let `count` drivers work; stop them at the end of the block."""
    drivers = [Driver(desk) for _ in range(count)]
    threads = [*drivers, Interrupter(desk)]
    for thread in threads:
        thread.start()
    try:
        yield drivers
    finally:
        desk.stopped.set()
        for thread in threads:
            thread.join()
