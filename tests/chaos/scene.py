"""The scene of a campaign: the site, the servers it stands on, and the faults that can meet them.

Importing this module needs no Django; entering a scene sets it up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from django.core.management import call_command

from tests.chaos import clocks
from tests.chaos.nemesis import Kind
from tests.chaos.services import postgresql_server, rabbitmq_server, redis_server
from tests.chaos.stand import Stand, embedded, full
from tests.rig import rabbitmq
from tests.rig.ports import LOOPBACK
from tests.rig.site import ROOT

DISK_MEGABYTES = 64
RUNS_PER_MEGABYTE = 50
"""What a run may leave in the database, the triggers' edges included, with much room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: at least `runs`, under at least `faults` that land, a fifth of them killed
    runners. No run is submitted after `minutes`, however many are left.

    `pauses` are the shortest and the longest seconds between two faults, `backlog` how many runs
    may be under way before the drivers rest; `is_full` asks for PostgreSQL, a `broker` and
    workers of their own instead of the embedded site.
    """

    seed: int
    runs: int
    folder: Path
    faults: int = 0
    minutes: float = float("inf")
    is_full: bool = False
    broker: str = "redis"
    pauses: tuple[float, float] = (0.05, 0.6)
    lease: float = 5.0
    slots: int = 8
    backlog: int = 80

    @property
    def data(self) -> Path:
        """The site's data folder."""
        return self.folder / "data"


@dataclass(frozen=True, slots=True)
class Scene:
    """A running site, and what can happen to it."""

    stand: Stand
    address: str
    kinds: list[Kind]


@contextlib.contextmanager
def entered(plan: Plan, *, crash_points: bool = False) -> Iterator[Scene]:
    """Start all that the plan needs; stop it at the end of the block. With `crash_points` the
    site's processes have them, and the plan's folder the files by which they are armed.
    """
    shutil.rmtree(plan.folder, ignore_errors=True)
    (plan.folder / "locks").mkdir(parents=True)
    plan.data.mkdir()
    mark = {"CHAOS_FOLDER": str(plan.folder)}
    if crash_points:
        mark["CRASH_FOLDER"] = str(plan.folder / "crash")
        (plan.folder / "crash").mkdir()
    with contextlib.ExitStack() as stack:
        yield (_full if plan.is_full else _embedded)(plan, mark, stack)


def _embedded(plan: Plan, mark: dict[str, str], stack: contextlib.ExitStack) -> Scene:
    is_small_disk = _mount(plan, stack)
    _set_up(_environ(plan))
    from tests.chaos.database_outages import SqliteOutages
    from tests.chaos.kills import kinds
    from tests.chaos.messages import Garbage, Messages

    stand, address = stack.enter_context(embedded(plan.folder, mark))
    disk = SqliteOutages(plan.data / "db.sqlite3", is_small_disk)
    faults = [
        *kinds(stand, plan.folder),
        *Messages().kinds(),
        *Garbage(plan.data).kinds(),
        *disk.kinds(),
    ]
    return Scene(stand, address, faults)


def _full(plan: Plan, mark: dict[str, str], stack: contextlib.ExitStack) -> Scene:
    database = stack.enter_context(postgresql_server())
    broker = stack.enter_context(_SERVERS[plan.broker]())
    _set_up(_environ(plan) | _addresses(plan, database.port, broker.port))
    from tests.chaos.broker_outages import RabbitmqOutages, RedisOutages
    from tests.chaos.database_outages import PostgresqlOutages
    from tests.chaos.kills import kinds
    from tests.chaos.messages import Messages

    outages = {"redis": RedisOutages, "rabbitmq": RabbitmqOutages}[plan.broker](broker)
    environ = mark | _addresses(plan, database.cable.port, broker.cable.port)
    clock = clocks.made(plan.folder)
    elsewhere = clock.environ if clock else {}
    has_beats = "CRASH_FOLDER" not in mark
    stand, address = stack.enter_context(
        full(plan.folder, environ, elsewhere, has_beats=has_beats)
    )
    faults = [
        *kinds(stand, plan.folder),
        *(clock.kinds() if clock else ()),
        *Messages().kinds(),
        *PostgresqlOutages(database).kinds(),
        *outages.kinds(),
    ]
    return Scene(stand, address, faults)


def _environ(plan: Plan) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.project.settings",
        "SAMOVAR_DATA": str(plan.data),
        "SECRET_KEY": "the key of a site that lives as long as one campaign",
        "SAMOVAR_OPEN": "1",
        "SAMOVAR_SLOTS": str(plan.slots),
        "SAMOVAR_LEASE_SECONDS": str(plan.lease),
        "SAMOVAR_CANCEL_GRACE_SECONDS": "0.5",
        "SAMOVAR_STOP_GRACE_SECONDS": "0.5",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


_SERVERS = {"redis": redis_server, "rabbitmq": rabbitmq_server}
BROKERS = tuple(_SERVERS)


def _addresses(plan: Plan, database: int, broker: int) -> dict[str, str]:
    redis = f"redis://{LOOPBACK}:{broker}/0"
    return {
        "DATABASE_URL": f"postgres://samovar@{LOOPBACK}:{database}/samovar",
        "CELERY_BROKER_URL": redis if plan.broker == "redis" else rabbitmq.url_at(broker),
    }


def _set_up(environ: dict[str, str]) -> None:
    """Set Django up beside the site, make the tables and the triggers."""
    os.environ |= environ
    django.setup()
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        settings.DATABASES["default"].setdefault("OPTIONS", {})["application_name"] = "chaos"
    call_command("migrate", verbosity=0)
    from tests.chaos import edges

    edges.install()


def _mount(plan: Plan, stack: contextlib.ExitStack) -> bool:
    """Give the data folder a small disk of its own, which only root can; answer whether it has
    one.
    """
    size = f"size={DISK_MEGABYTES + plan.runs // RUNS_PER_MEGABYTE}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(plan.data)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        return False
    stack.callback(subprocess.run, ["umount", "-l", str(plan.data)], check=True)
    stack.callback(_save, plan)
    return True


def _save(plan: Plan) -> None:
    """Keep the database, which goes with its disk."""
    for path in plan.data.glob("db.sqlite3*"):
        shutil.copy(path, plan.folder)
