"""Faults of a database: of PostgreSQL and the line to it, of a SQLite file and its disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg

from tests.chaos.nemesis import Kind, hold
from tests.chaos.server_outages import ServerOutages
from tests.rig import postgresql


@dataclass(frozen=True, slots=True)
class PostgresqlOutages(ServerOutages):
    """Faults of a PostgreSQL server; it ends without a checkpoint."""

    DEATH: ClassVar = signal.SIGQUIT

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
