"""Faults of what the site stands on: the database, the broker, the lines to them, the disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from tests.chaos.nemesis import Kind, hold
from tests.chaos.services import Service
from tests.rig import postgresql
from tests.rig.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class PostgresqlOutages:
    """Faults of a PostgreSQL server."""

    server: Service

    def kinds(self) -> list[Kind]:
        """Return every fault of the database."""
        return [
            Kind("database: backend terminated", 12, self.terminate),
            Kind("database: restarted", 2, self.restart),
            Kind("database: frozen", 3, self.freeze),
            Kind("database: connections cut", 3, self.cut),
            Kind("database: connections gone deaf", 2, self.deafen),
        ]

    def terminate(self, chance: random.Random) -> str:
        """Terminate one of the site's sessions in the midst of what it does."""
        pid = self._backend(chance)
        if not pid:
            return ""
        with self._session() as session:
            session.execute("SELECT pg_terminate_backend(%s)", [pid])
        return f"backend {pid}"

    def restart(self, chance: random.Random) -> str:
        """End the server without a checkpoint, and start it again after a while."""
        self.server.end(signal.SIGQUIT)
        hold(chance.uniform(0.1, 2.0))
        self.server.start()
        return "immediate"

    def freeze(self, chance: random.Random) -> str:
        """Stop a backend that is at work, and let it go on."""
        pid = self._backend(chance)
        if not pid:
            return ""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            hold(chance.uniform(0.2, 3.0))
            os.kill(pid, signal.SIGCONT)
        return f"backend {pid}"

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

    def _backend(self, chance: random.Random) -> int:
        with self._session() as session:
            rows = session.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = 'samovar' "
                "AND application_name <> 'chaos' AND client_addr IS NOT NULL"
            ).fetchall()
        return chance.choice(rows)[0] if rows else 0

    def _session(self) -> psycopg.Connection[tuple[int]]:
        return psycopg.connect(
            postgresql.url(self.server.port), autocommit=True, application_name="chaos"
        )


@dataclass(frozen=True, slots=True)
class RedisOutages:
    """Faults of a Redis server."""

    server: Service

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

    def restart(self, chance: random.Random) -> str:
        """Kill the broker; it comes back empty."""
        self.server.end(signal.SIGKILL)
        hold(chance.uniform(0.1, 2.0))
        self.server.start()
        return "empty"

    def freeze(self, chance: random.Random) -> str:
        """Let the broker answer nothing and refuse nothing for a while."""
        pid = self.server.send(signal.SIGSTOP)
        hold(chance.uniform(0.5, 5.0))
        self.server.send(signal.SIGCONT)
        return f"pid {pid}"

    def kill_clients(self, _: random.Random) -> str:
        """Close every client's connection."""
        with self._client() as client:
            count = client.execute_command("CLIENT", "KILL", "SKIPME", "yes")
        return f"{count} clients" if count else ""

    def deafen(self, _: random.Random) -> str:
        """Let the open connections carry nothing more."""
        count = self.server.cable.deafen()
        return f"{count} connections" if count else ""

    def garbage(self, chance: random.Random) -> str:
        """Put what nobody can read into a queue, once as much as five megabytes."""
        words = chance.choice([b"\x80\x04garbage", b"{}", b"[1, 2", b"x" * 5_000_000])
        with self._client() as client:
            client.lpush("samovar.default", words)
        return f"{len(words)} bytes"

    def double(self, chance: random.Random) -> str:
        """Put each waiting message in twice more, in another order."""
        with self._client() as client:
            waiting = client.lrange("samovar.default", 0, -1)
            if not waiting:
                return ""
            more = waiting * 2
            chance.shuffle(more)
            client.rpush("samovar.default", *more)
        return f"{len(waiting)} messages"

    def _client(self) -> redis.Redis:
        return redis.Redis(LOOPBACK, self.server.port)


@dataclass(frozen=True, slots=True)
class SqliteOutages:
    """Faults of a SQLite file, and of the disk that it lies on."""

    path: Path
    is_small_disk: bool

    def kinds(self) -> list[Kind]:
        """Return every fault of the file; a full disk only where there is one of its own."""
        kinds = [Kind("database: held by a stranger", 4, self.hold)]
        if self.is_small_disk:
            kinds.append(Kind("disk: full", 2, self.fill))
        return kinds

    def hold(self, chance: random.Random) -> str:
        """Hold the write lock as somebody does who knows nothing of our gate."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=20)) as stranger:
            stranger.isolation_level = None
            stranger.execute("BEGIN IMMEDIATE")
            hold(chance.uniform(0.2, 3.0))
            stranger.execute("ROLLBACK")
        return "write lock"

    def fill(self, chance: random.Random) -> str:
        """Fill the disk to the last byte, and make room again after a while."""
        filler = self.path.with_name("filler")
        size = 0
        try:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    size += file.write(b"\0" * 4096)
            hold(chance.uniform(0.2, 2.0))
        finally:
            filler.unlink(missing_ok=True)
        return f"{size} bytes"
