"""The nemesis: one fault after the other, drawn from a seed, and the proof that each landed.

The seed decides which faults come in which order and how long the pauses are; when they meet which
process is the machine's chance. A fault that met nothing (no runner was busy) does not count.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import amqp
import django.db
import kombu.exceptions
import psycopg
import redis

REST_SECONDS = 0.1
_AWAY = (
    django.db.Error,
    psycopg.Error,
    redis.RedisError,
    amqp.AMQPError,
    kombu.exceptions.OperationalError,
    OSError,
)


class Fault(Protocol):
    """One kind of fault."""

    def __call__(self, chance: random.Random, /) -> str:
        """Do it; return what was hit, "" when there was nothing to hit."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault with its name, and how often it is drawn beside the others."""

    name: str
    weight: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Landed:
    """One fault that hit something."""

    at: float
    name: str
    target: str


class Nemesis(threading.Thread):
    """Draws faults until it is stopped; `pauses` are the shortest and the longest between two, and
    it rests while it `is_ahead`.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        seed: int,
        pauses: tuple[float, float],
        is_ahead: Callable[[], bool],
    ) -> None:
        super().__init__(name="nemesis", daemon=True)
        self.landed: list[Landed] = []
        self.missed: Counter[str] = Counter()
        self.failure = ""
        self._kinds = list(kinds)
        self._chance = random.Random(f"nemesis {seed}")
        self._pauses = pauses
        self._is_ahead = is_ahead
        self._stopped = threading.Event()

    def run(self) -> None:
        """Do one fault after the other; what ends it too early stands in `failure`."""
        try:
            self._draw()
        except Exception as error:
            self.failure = repr(error)
            raise

    def _draw(self) -> None:
        weights = [kind.weight for kind in self._kinds]
        while not self._stopped.wait(self._chance.uniform(*self._pauses)):
            while self._is_ahead() and not self._stopped.wait(REST_SECONDS):
                pass
            [kind] = self._chance.choices(self._kinds, weights)
            if target := self._target_of(kind):
                self.landed.append(Landed(time.time(), kind.name, target))
            else:
                self.missed[kind.name] += 1

    def _target_of(self, kind: Kind) -> str:
        try:
            return kind.fault(random.Random(self._chance.getrandbits(64)))
        except _AWAY:
            # What it would have hit is away, by an earlier fault.
            django.db.connection.close()
            return ""

    def stop(self) -> None:
        """End after the present fault."""
        self._stopped.set()
        self.join()

    def counts(self) -> Mapping[str, int]:
        """Return how many faults of each kind landed."""
        return Counter(landed.name for landed in self.landed)


def hold(seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    """Let a state last for `seconds`, or shorter."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        time.sleep(0.02)
