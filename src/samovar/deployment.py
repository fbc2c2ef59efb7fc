"""What `manage.py check --deploy` says of settings that are fit for one machine alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's word
from django.db import DEFAULT_DB_ALIAS, connections

from samovar import conf

MARK = "insecure"
"""What stands in every default that is no secret."""
KNOWN = {"guest", "postgres", "password", "changeme"}
"""Passwords that images and handbooks begin with."""
FLOWER_LOGINS = ("FLOWER_BASIC_AUTH", "FLOWER_AUTH")
UNPROTECTED = {"1", "true", "yes", "on"}


@register("samovar", deploy=True)
def check_defaults(**_: object) -> list[CheckMessage]:
    """W101: secrets that everybody knows."""
    known = [name for name, value in _secrets() if MARK in value or value in KNOWN]
    if not known:
        return []
    return [
        _warning(
            101,
            f"These have a default that everybody knows: {', '.join(known)}.",
            "Give each a random value; in the demo, `make up` writes them into .env.",
        )
    ]


@register("samovar", deploy=True)
def check_debug(**_: object) -> list[CheckMessage]:
    """W102: DEBUG is on, so errors show the settings, and anybody may start jobs."""
    if not settings.DEBUG:
        return []
    words = "DEBUG is on: errors show the code and the settings to whoever meets them."
    return [_warning(102, words, "Set DEBUG = False (the demo: leave DEBUG out).")]


@register("samovar", deploy=True)
def check_open(**_: object) -> list[CheckMessage]:
    """W103: anybody may see and start everything."""
    if not conf.options().OPEN:
        return []
    words = "The site is open: anybody who reaches it may see every run and start any job."
    return [_warning(103, words, "Set SAMOVAR['OPEN'] to False (the demo: SAMOVAR_OPEN=0).")]


@register("samovar", deploy=True)
def check_embedded(**_: object) -> list[CheckMessage]:
    """W104: the only worker is the one that `runserver` starts."""
    if not conf.options().EMBEDDED_WORKER:
        return []
    processes = os.environ.get("WEB_CONCURRENCY", "1")
    many = f" WEB_CONCURRENCY asks for {processes} web processes." if processes != "1" else ""
    return [
        _warning(
            104,
            "The embedded worker is on: only `runserver` starts it, which is no server for "
            f"production.{many}",
            "Set a broker (CELERY_BROKER_URL) and run `manage.py samovar worker`, on as many "
            "hosts as you like; or set SAMOVAR['EMBEDDED_WORKER'] to False.",
        )
    ]


@register("samovar", deploy=True)
def check_reach(**_: object) -> list[CheckMessage]:
    """W105: a broker invites workers of other hosts, but the ledger is a file of this one."""
    broker = getattr(settings, "CELERY_BROKER_URL", None)
    if not broker or connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        return []
    return [
        _warning(
            105,
            "A broker is set, but the database is SQLite: a worker on another host would take "
            "messages of runs that it cannot see.",
            "Use PostgreSQL (the demo: DATABASE_URL), or keep all workers on this host.",
        )
    ]


@register("samovar", deploy=True)
def check_flower(**_: object) -> list[CheckMessage]:
    """W106: Flower lets anybody in, who may then see, and perhaps revoke, every run."""
    if os.environ.get("FLOWER_UNAUTHENTICATED_API", "").lower() in UNPROTECTED:
        words = "FLOWER_UNAUTHENTICATED_API is on: anybody who reaches Flower may stop runs."
        return [_warning(106, words, "Leave it out, and set FLOWER_BASIC_AUTH=NAME:PASSWORD.")]
    if conf.options().FLOWER_URL and not any(os.environ.get(name) for name in FLOWER_LOGINS):
        words = "FLOWER_URL is set, but no login: without one Flower shows every run to anybody."
        hint = "Set FLOWER_BASIC_AUTH=NAME:PASSWORD (or FLOWER_AUTH), for Flower and here alike."
        return [_warning(106, words, hint)]
    return []


def _secrets() -> Iterator[tuple[str, str]]:
    """Yield what must not be guessed, by the name under which it is set."""
    options = conf.options()
    database: dict[str, Any] = connections[DEFAULT_DB_ALIAS].settings_dict
    yield "SECRET_KEY", str(settings.SECRET_KEY)
    yield "the database's password", str(database.get("PASSWORD") or "")
    yield "the broker's password", _password(getattr(settings, "CELERY_BROKER_URL", None))
    for name in ("CENTRIFUGO_HTTP_API_KEY", "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"):
        yield name, getattr(options, name) if options.CENTRIFUGO_URL else ""
    yield "FLOWER_BASIC_AUTH", os.environ.get("FLOWER_BASIC_AUTH", "")


def _password(url: object) -> str:
    """Return the password in the first of a broker's addresses."""
    first = url if isinstance(url, str) else next(iter(url or ()), "")  # type: ignore[call-overload]
    login, at, _host = str(first).partition("://")[2].rpartition("@")
    return login.partition(":")[2] if at else ""


def _warning(number: int, words: str, hint: str) -> CheckMessage:
    return Warning(words, hint=hint, id=f"samovar.W{number}")
