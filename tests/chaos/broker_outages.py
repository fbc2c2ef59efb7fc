"""Faults of a RabbitMQ, and of the lines to it."""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass

from kombu import Connection

from samovar.engine.celery.options import QUEUE_PREFIX
from tests.chaos.nemesis import Kind, hold
from tests.chaos.services import Service
from tests.rig import rabbitmq

QUEUE = f"{QUEUE_PREFIX}default"


@dataclass(frozen=True, slots=True)
class RabbitmqOutages:
    """Faults of a RabbitMQ node."""

    server: Service

    def kinds(self) -> list[Kind]:
        """Return every fault of the broker."""
        return [
            Kind("broker: emptied", 6, self.empty),
            Kind("broker: killed and restarted", 1, self.restart),
            Kind("broker: frozen", 3, self.freeze),
            Kind("broker: connections cut", 4, self.cut),
            Kind("broker: connections gone deaf", 3, self.deafen),
            Kind("broker: garbage in the queue", 4, self.garbage),
        ]

    def empty(self, _: random.Random) -> str:
        """Take all messages from the queue."""
        rabbitmq.purge(self._url, QUEUE)
        return QUEUE

    def restart(self, chance: random.Random) -> str:
        """Kill the node, and start it again."""
        self.server.end(signal.SIGKILL)
        hold(chance.uniform(0.1, 2.0))
        self.server.start()
        return "node"

    def freeze(self, chance: random.Random) -> str:
        """Let the node answer nothing and refuse nothing for a while."""
        pid = self.server.send(signal.SIGSTOP)
        hold(chance.uniform(0.5, 5.0))
        self.server.send(signal.SIGCONT)
        return f"pid {pid}"

    def cut(self, chance: random.Random) -> str:
        """Break every connection, and let none through for a while."""
        self.server.cable.cut()
        hold(chance.uniform(0.1, 2.0))
        self.server.cable.mend()
        return "all"

    def deafen(self, _: random.Random) -> str:
        """Let the open connections carry nothing more."""
        count = self.server.cable.deafen()
        return f"{count} connections" if count else ""

    def garbage(self, chance: random.Random) -> str:
        """Put what nobody can read into the queue."""
        words = chance.choice([b"\x80\x04garbage", b"{}", b"[1, 2", b"x" * 5_000_000])
        with Connection(self._url) as connection, connection.Producer() as producer:
            producer.publish(words, routing_key=QUEUE, content_type="application/json")
        return f"{len(words)} bytes"

    @property
    def _url(self) -> str:
        return rabbitmq.url_at(self.server.port)
