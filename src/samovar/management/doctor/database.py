"""The ledger's database: there, migrated, and set up as Samovar needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from samovar import clock
from samovar.management.doctor.finding import Finding, amber, green, red

PART = "database"
REMOTE_FILES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs"}
"""File systems on which locks do not reach other hosts, or do not work at all."""
CLOCK_SECONDS = 2.0
"""How far this host's clock may be from the database's: people see times of both."""
FULL = 0.8
"""The share of PostgreSQL's connections above which a new one may soon be refused."""


def look() -> Iterator[Finding]:
    """Look at the database."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        words = _("It cannot be reached: {error}").format(error=str(error).strip())
        yield red(PART, words, _("Start it, and compare DATABASES (DATABASE_URL) with it."))
        return
    yield green(PART, _("{name} answers.").format(name=_name()))
    yield from _migrations()
    yield from (_sqlite if connection.vendor == "sqlite" else _postgresql)()


def _name() -> str:
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {version}"


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        words = _("Migrations that are not applied: {count}; the first is {first}.")
        first = f"{plan[0][0].app_label}.{plan[0][0].name}"
        yield red(PART, words.format(count=len(plan), first=first), "python manage.py migrate")


def _sqlite() -> Iterator[Finding]:
    path = Path(connection.settings_dict["NAME"]).absolute()
    kind = file_system(path, Path("/proc/self/mounts"))
    if kind in REMOTE_FILES:
        words = _("{path} lies on {kind}, where SQLite's locks cannot be relied upon.")
        remedy = _("Move the data folder to a disk of this host, or use PostgreSQL.")
        yield red(PART, words.format(path=path, kind=kind), remedy)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if mode != "wal":
        words = _("Its journal is “{mode}”, so whoever reads waits for whoever writes.")
        remedy = _("Take journal_mode out of DATABASES['default']['OPTIONS'].")
        yield amber(PART, words.format(mode=mode), remedy)


def file_system(path: Path, mounts: Path) -> str:
    """Return the kind of the file system that `path` lies on; "" where nobody tells."""
    if not mounts.exists():
        return ""
    found = (Path("/"), "")
    for line in mounts.read_text().splitlines():
        _device, point, kind, *_rest = line.split()
        folder = Path(point.replace("\\040", " "))
        if path.is_relative_to(folder) and len(folder.parts) >= len(found[0].parts):
            found = (folder, kind)
    return found[1]


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), current_setting('synchronous_commit'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " current_setting('max_connections')::int"
        )
        at, commit, used, most = cursor.fetchone()
    yield from _clock(abs((clock.now() - at).total_seconds()))
    if commit == "off":
        words = _("synchronous_commit is off: a crash of the server may forget accepted runs.")
        yield amber(PART, words, "ALTER DATABASE … SET synchronous_commit = on")
    if used > FULL * most:
        words = _("{used} of its {most} connections are taken.").format(used=used, most=most)
        yield amber(PART, words, _("Raise max_connections, or run fewer processes."))


def _clock(seconds: float) -> Iterator[Finding]:
    if seconds > CLOCK_SECONDS:
        words = _("This host's clock is {seconds:.1f} s away from the database's.")
        remedy = _("Let both hosts follow a time server (NTP).")
        yield amber(PART, words.format(seconds=seconds), remedy)
