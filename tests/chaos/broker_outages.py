"""Faults of a broker, Redis or RabbitMQ, and of the line to it."""

from __future__ import annotations

import random
from dataclasses import dataclass

import redis
from kombu import Connection

from samovar.engine.celery.options import QUEUE_PREFIX
from tests.chaos.nemesis import Kind
from tests.chaos.server_outages import ServerOutages
from tests.rig import rabbitmq
from tests.rig.ports import LOOPBACK

QUEUE = f"{QUEUE_PREFIX}default"
GARBAGE = (b"\x80\x04garbage", b"{}", b"[1, 2", b"x" * 5_000_000)


@dataclass(frozen=True, slots=True)
class RedisOutages(ServerOutages):
    """Faults of a Redis server."""

    def kinds(self) -> list[Kind]:
        """Return every fault of the broker."""
        return [
            Kind("broker: flushed", 6, self.flush),
            Kind("broker: killed and restarted", 3, self.restart),
            Kind("broker: frozen", 3, self.freeze),
            Kind("broker: clients killed", 4, self.kill_clients),
            Kind("broker: connections gone deaf", 3, self.deafen),
            Kind("broker: garbage in the queue", 4, self.garbage),
            Kind("broker: messages doubled and reordered", 6, self.double),
        ]

    def flush(self, _: random.Random) -> str:
        """Take all messages away."""
        with self._client() as client:
            count = client.dbsize()
            client.flushall()
        return f"{count} keys"

    def kill_clients(self, _: random.Random) -> str:
        """Close every client's connection."""
        with self._client() as client:
            count = client.execute_command("CLIENT", "KILL", "SKIPME", "yes")
        return f"{count} clients" if count else ""

    def garbage(self, chance: random.Random) -> str:
        """Put what nobody can read into a queue, once as much as five megabytes."""
        words = chance.choice(GARBAGE)
        with self._client() as client:
            client.lpush(QUEUE, words)
        return f"{len(words)} bytes"

    def double(self, chance: random.Random) -> str:
        """Put each waiting message in twice more, in another order."""
        with self._client() as client:
            waiting = client.lrange(QUEUE, 0, -1)
            if not waiting:
                return ""
            more = waiting * 2
            chance.shuffle(more)
            client.rpush(QUEUE, *more)
        return f"{len(waiting)} messages"

    def _client(self) -> redis.Redis:
        return redis.Redis(LOOPBACK, self.server.port)


@dataclass(frozen=True, slots=True)
class RabbitmqOutages(ServerOutages):
    """Faults of a RabbitMQ node."""

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

    def garbage(self, chance: random.Random) -> str:
        """Put what nobody can read into the queue."""
        words = chance.choice(GARBAGE)
        with Connection(self._url) as connection, connection.Producer() as producer:
            producer.publish(words, routing_key=QUEUE, content_type="application/json")
        return f"{len(words)} bytes"

    @property
    def _url(self) -> str:
        return rabbitmq.url_at(self.server.port)
