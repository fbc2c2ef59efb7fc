"""System checks: mistakes that can be seen before anything runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's word
from django.db import DEFAULT_DB_ALIAS, connections

from samovar import conf
from samovar.engine.celery import brokers
from samovar.jobs import registry

STATICFILES = "django.contrib.staticfiles"
VENDORS = ("sqlite", "postgresql")
WEB = ("http://", "https://")
LEAST_LEASE_SECONDS = 1.0
SECRET_BYTES = 32
"""What a key of HMAC-SHA-256 has at least (RFC 7518, 3.2)."""


@register("samovar")
def check_clashes(**_: object) -> list[CheckMessage]:
    """E001: two functions are declared as jobs of one name."""
    return [
        Error(
            f"Two functions are jobs named {clash.name!r}: {clash.kept} and {clash.refused}.",
            hint="Give one of them another name: @job(name=...).",
            id="samovar.E001",
        )
        for clash in registry.clashes()
    ]


@register("samovar")
def check_order(**_: object) -> list[CheckMessage]:
    """W001: another application's `runserver` is found before ours."""
    apps = list(settings.INSTALLED_APPS)
    ours = next((name for name in apps if name.split(".")[0] == "samovar"), None)
    if ours is None or STATICFILES not in apps or apps.index(ours) < apps.index(STATICFILES):
        return []
    return [
        Warning(
            f"'samovar' stands below {STATICFILES!r} in INSTALLED_APPS, so `runserver` is not "
            "Samovar's: it serves no live pages and starts no worker.",
            hint="Put 'samovar' first in INSTALLED_APPS.",
            id="samovar.W001",
        )
    ]


@register("samovar")
def check_database(**_: object) -> list[CheckMessage]:
    """E002 to E005, W002: the ledger's database, as the settings describe it."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor not in VENDORS:
        words = f"Samovar's ledger cannot be kept by {connection.display_name}."
        hint = "Use PostgreSQL or SQLite for DATABASES['default']."
        return [Error(words, hint=hint, id="samovar.E002")]
    found = list(_check_time())
    if connection.vendor == "sqlite":
        found += _check_sqlite(connection.settings_dict)
    return found


def _check_time() -> Iterator[CheckMessage]:
    if not settings.USE_TZ:
        yield Error(
            "USE_TZ is off: leases and schedules need instants, not local times.",
            hint="Set USE_TZ = True.",
            id="samovar.E003",
        )


def _check_sqlite(database: dict[str, Any]) -> Iterator[CheckMessage]:
    name = str(database["NAME"])
    # Django's own test runner keeps its database in memory, where no worker is wanted.
    is_tests = name.startswith("file:memorydb_")
    if name.startswith(":memory:") or ("mode=memory" in name and not is_tests):
        yield Error(
            "The SQLite database is in memory, where the worker cannot see it.",
            hint="Give DATABASES['default']['NAME'] a file.",
            id="samovar.E004",
        )
    if database.get("TIME_ZONE") not in (None, "UTC"):
        yield Error(
            "DATABASES['default']['TIME_ZONE'] is not UTC, which SQLite's clock always tells.",
            hint="Take TIME_ZONE out of DATABASES['default'].",
            id="samovar.E005",
        )
    if database.get("ATOMIC_REQUESTS"):
        yield Warning(
            "ATOMIC_REQUESTS makes each request a transaction: on SQLite every other writer "
            "waits until it ends.",
            hint="Take ATOMIC_REQUESTS out of DATABASES['default'], and use "
            "transaction.atomic where it is needed.",
            id="samovar.W002",
        )


@register("samovar")
def check_system(**_: object) -> list[CheckMessage]:
    """E006: a system on which a worker cannot supervise runners."""
    if os.name == "posix":
        return []
    words = "A worker needs fork, signals and file locks, which this system does not have."
    return [Error(words, hint="On Windows use WSL2.", id="samovar.E006")]


@register("samovar")
def check_data(**_: object) -> list[CheckMessage]:
    """E007: the data folder cannot be written."""
    folder = conf.options().DATA
    if os.access(_existing(folder), os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"The data folder {folder} cannot be written by this user.",
            hint="Change its owner, or set SAMOVAR['DATA'] to another folder.",
            id="samovar.E007",
        )
    ]


@register("samovar")
def check_centrifugo(**_: object) -> list[CheckMessage]:
    """E008, E011, W003: Centrifugo is named, but not where it is or what lets viewers in; or a
    guess does.
    """
    options = conf.options()
    if not options.CENTRIFUGO_URL:
        return []
    keys = ("CENTRIFUGO_HTTP_API_KEY", "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY")
    missing = [name for name in keys if not getattr(options, name)]
    return [
        *_check_addresses(options),
        *_check_keys(missing),
        *_check_secret(options.CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY),
    ]


def _check_addresses(options: conf.Options) -> Iterator[CheckMessage]:
    known = {"CENTRIFUGO_URL": WEB, "CENTRIFUGO_PUBLIC_URL": (*WEB, "ws://", "wss://")}
    for name, schemes in known.items():
        if not getattr(options, name).startswith(schemes):
            yield Error(
                f"{name} is {getattr(options, name)!r}, which is no address of Centrifugo.",
                hint=f"It begins with {' or '.join(schemes)}, as http://localhost:8000",
                id="samovar.E011",
            )


def _check_keys(missing: list[str]) -> Iterator[CheckMessage]:
    if missing:
        yield Error(
            f"CENTRIFUGO_URL is set, but not {' and '.join(missing)}.",
            hint="Give SAMOVAR the values that Centrifugo itself is started with.",
            id="samovar.E008",
        )


def _check_secret(secret: str | None) -> Iterator[CheckMessage]:
    if secret and (length := len(secret.encode())) < SECRET_BYTES:
        yield Warning(
            f"CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY has {length} bytes: whoever guesses it "
            "lets themselves into every channel.",
            hint=f"Give Centrifugo and Samovar one random secret of at least {SECRET_BYTES} "
            "bytes: openssl rand -hex 32",
            id="samovar.W003",
        )


@register("samovar")
def check_flower(**_: object) -> list[CheckMessage]:
    """E009: what is said to be Flower's address is none."""
    url = conf.options().FLOWER_URL
    if not url or url.startswith(WEB):
        return []
    return [
        Error(
            f"FLOWER_URL is {url!r}, which is no address of the web.",
            hint="Give it as a browser would: http://localhost:5555",
            id="samovar.E009",
        )
    ]


@register("samovar")
def check_broker(**_: object) -> list[CheckMessage]:
    """E010: what is said to be the broker's address is none."""
    return [
        Error(
            f"CELERY_BROKER_URL {fault}.",
            hint="Give it as redis://host:6379/0 or amqp://user:password@host:5672//; leave it "
            "out for the embedded doorbell.",
            id="samovar.E010",
        )
        for fault in brokers.unusable(getattr(settings, "CELERY_BROKER_URL", None) or ())
    ]


@register("samovar")
def check_lease(**_: object) -> list[CheckMessage]:
    """E012: a lease that ends before its worker can renew it."""
    seconds = conf.options().LEASE_SECONDS
    if seconds >= LEAST_LEASE_SECONDS:
        return []
    return [
        Error(
            f"LEASE_SECONDS is {seconds:g}: a worker that is busy for a moment would lose its "
            "runs.",
            hint=f"Give it {LEAST_LEASE_SECONDS:g} seconds or more; 30 is the default.",
            id="samovar.E012",
        )
    ]


def _existing(path: Path) -> Path:
    """Return the nearest folder that is there."""
    return path if path.exists() or path == path.parent else _existing(path.parent)
