"""A PostgreSQL cluster for the tests: on a free port, in a folder of its own, durable."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.rig import server
from tests.rig.ports import LOOPBACK, free_port
from tests.rig.waiting import wait_for

SERVICE = "postgresql"
PROGRAM = "initdb"


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest one's; None when there is none."""
    if found := shutil.which(PROGRAM):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{PROGRAM}")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Run a cluster until the block ends; give the URL of its empty database `samovar`."""
    user = server.account("postgres")
    port = free_port()
    with server.own_folder("pg", user) as folder:
        command = prepared(programs, folder, user, port)
        with server.running(command, folder=folder, user=user, stop=signal.SIGINT):
            wait_for(lambda: create_database(programs, port), 30, "PostgreSQL to take a database")
            yield url(port)


@contextlib.contextmanager
def database(cluster: str) -> Iterator[str]:
    """Make an empty database beside the one of the URL `cluster`; drop it in the end."""
    name = f"samovar_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{cluster.rpartition('/')[0]}/{name}"
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def prepared(programs: Path, folder: Path, user: str | None, port: int) -> list[str]:
    """Make an empty cluster in `folder`; return the command that serves it on `port`."""
    data = folder / "data"
    _as(user, programs / "initdb", "-D", data, "-U", "samovar", "-A", "trust",
        "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
    return [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder),
            "-c", f"listen_addresses={LOOPBACK}"]  # fmt: skip


def url(port: int) -> str:
    """Return the URL of the database `samovar` of the cluster on `port`."""
    return f"postgres://samovar@{LOOPBACK}:{port}/samovar"


def _as(user: str | None, *command: str | Path) -> None:
    subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        check=True,
        capture_output=True,
    )


def create_database(programs: Path, port: int) -> bool:
    """Make the database `samovar`; False while the cluster takes none."""
    made = subprocess.run(
        [programs / "createdb", "-h", LOOPBACK, "-p", str(port), "-U", "samovar", "samovar"],
        check=False,
        capture_output=True,
    )
    return made.returncode == 0
