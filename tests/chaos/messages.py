"""Faults of messages that every engine can carry: late, doubled, out of order, of runs that never
were.
"""

from __future__ import annotations

import random
import uuid
from pathlib import Path

from samovar import conf
from samovar.exceptions import BrokerUnavailable
from samovar.models import Run
from samovar.runtime.publisher import Hint
from tests.chaos.nemesis import Kind

COUNT = 20


class Messages:
    """Sends what a stranger, or a broker that repeats itself, might send."""

    def kinds(self) -> list[Kind]:
        """Return every fault of a message."""
        return [
            Kind("messages: late and doubled", 8, self.late),
            Kind("messages: forged", 4, self.forged),
        ]

    def late(self, chance: random.Random) -> str:
        """Announce runs once more, in any order, those that have ended too."""
        runs = list(Run.objects.order_by("-created_at")[: 5 * COUNT])
        chosen = chance.sample(runs, min(COUNT, len(runs))) * 2
        chance.shuffle(chosen)
        return _sent([Hint(run.pk, run.job, run.queue) for run in chosen])

    def forged(self, chance: random.Random) -> str:
        """Announce runs that nobody has submitted."""
        ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(COUNT)]
        return _sent([Hint(run_id, "steps", "default") for run_id in ids])


class Garbage:
    """Sends the embedded site's doorbell what is no message at all."""

    def __init__(self, data: Path) -> None:
        self._bell = data / "bell"

    def kinds(self) -> list[Kind]:
        """Return the fault."""
        return [Kind("messages: garbage", 3, self.garbage)]

    def garbage(self, chance: random.Random) -> str:
        """Ring with bytes that nobody can read."""
        from samovar.engine import bells

        queues = [path for path in self._bell.glob("*") if path.is_dir()]
        if not queues:
            return ""
        words = chance.choice([b"", b"\x80\x04garbage", b"{}", b'{"body": 1}', b"x" * 100_000])
        queue = chance.choice(queues)
        return f"{queue.name}: {len(words)} bytes" if bells.ring(queue, words) else ""


def _sent(hints: list[Hint]) -> str:
    engine = conf.load("ENGINE")
    sent = 0
    for hint in hints:
        try:
            engine.publish(hint)
        except BrokerUnavailable:
            break
        sent += 1
    return f"{sent} messages" if sent else ""
