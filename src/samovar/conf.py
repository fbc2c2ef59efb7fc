"""The options of the `SAMOVAR` dict of a project's settings, with their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DAYS = 36500


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One field for each key of `SAMOVAR`; docs/settings.md has the same table."""

    DATA: Path
    """The data folder: database, doorbell, letters, artifacts, reports."""
    SLOTS: int = 2
    """How many runs one worker performs at a time."""
    LEASE_SECONDS: float = 30.0
    """How long a worker's right to an attempt lasts unless it is renewed."""
    CANCEL_GRACE_SECONDS: float = 5.0
    """How long a cancelled job may clean up before it is terminated."""
    STOP_GRACE_SECONDS: float = 10.0
    """How long a worker that stops lets its runs go on before it hands them back."""
    CRASHES: int = 3
    """The loss that ends a run as failed, unless the job says otherwise."""
    OPEN: bool = False
    """Whether anybody may see and start everything. Default: as DEBUG."""
    EMBEDDED_WORKER: bool = False
    """Whether `runserver` starts a worker. Default: exactly when no broker is set."""
    CENTRIFUGO_URL: str = ""
    """Where the server reaches Centrifugo's API; without it pages follow by Server-Sent Events."""
    CENTRIFUGO_PUBLIC_URL: str = ""
    """Where a browser reaches Centrifugo. Default: CENTRIFUGO_URL."""
    CENTRIFUGO_HTTP_API_KEY: str = ""
    """The key with which the server publishes."""
    CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: str = ""
    """The secret with which viewers' tokens are signed."""
    FLOWER_URL: str = ""
    """Where a browser reaches Flower; the page of the workers links there."""
    SCHEDULES: bool = True
    """Whether workers let schedules tick; off where `celery beat` alone shall."""
    OBSERVE: tuple[str, ...] = ()
    """Names of plain Celery tasks, or patterns as "myapp.*", that are shown in the history."""
    KEEP_DAYS: float = 0.0
    """After so many days a run that succeeded or was cancelled is removed; 0: never."""
    KEEP_FAILED_DAYS: float = 0.0
    """The same for a run that failed."""
    KEEP_FILES_DAYS: float = 0.0
    """After so many days a run's artifacts are removed while the run stays; 0: with the run."""
    UPLOAD_MEGABYTES: int = 100
    """How much one request may bring in files, in units of 1024² bytes."""
    ENGINE: str = "samovar.engine.celery.engine"
    """Dotted path of the engine that carries ids to workers."""

    def __post_init__(self) -> None:
        for name in ("SLOTS", "CRASHES", "UPLOAD_MEGABYTES"):
            if getattr(self, name) < 1:
                raise ImproperlyConfigured(f"SAMOVAR[{name!r}] must be at least 1.")
        for name in ("LEASE_SECONDS", "CANCEL_GRACE_SECONDS", "STOP_GRACE_SECONDS"):
            if not 0 < getattr(self, name) < math.inf:
                raise ImproperlyConfigured(f"SAMOVAR[{name!r}] must be greater than 0 (seconds).")
        if not all(isinstance(name, str) for name in self.OBSERVE):
            raise ImproperlyConfigured("SAMOVAR['OBSERVE'] must be a list of tasks' names.")
        for name in ("KEEP_DAYS", "KEEP_FAILED_DAYS", "KEEP_FILES_DAYS"):
            if not 0 <= getattr(self, name) <= _MOST_DAYS:
                raise ImproperlyConfigured(
                    f"SAMOVAR[{name!r}] must be 0 (never remove) to {_MOST_DAYS} days."
                )

    @property
    def bell(self) -> Path:
        """The folder of the doorbell's sockets."""
        return self.DATA / "bell"

    @property
    def locks(self) -> Path:
        """The folder of the workers' lock files."""
        return self.DATA / "locks"


def _names(given: Any) -> tuple[str, ...]:
    """Return a list of names; a single one stands for itself."""
    return (given,) if isinstance(given, str) else tuple(given)


def _switch(given: Any) -> bool:
    """Return a switch; the text "0", or "no", would count as on. Raises ValueError."""
    if given in {True, False}:
        return bool(given)
    raise ValueError("it has to be True or False")


_CASTS: dict[str, Any] = {
    "OPEN": _switch,
    "EMBEDDED_WORKER": _switch,
    "SCHEDULES": _switch,
    "OBSERVE": _names,
    "DATA": Path,
    "SLOTS": int,
    "CRASHES": int,
    "LEASE_SECONDS": float,
    "CANCEL_GRACE_SECONDS": float,
    "STOP_GRACE_SECONDS": float,
    "KEEP_DAYS": float,
    "KEEP_FAILED_DAYS": float,
    "KEEP_FILES_DAYS": float,
    "UPLOAD_MEGABYTES": int,
}


@cache
def options() -> Options:
    """Return the project's options.

    Raises ImproperlyConfigured when `SAMOVAR` has an unknown key or a value that cannot be used.
    """
    given = dict(getattr(settings, "SAMOVAR", {}))
    known = {field.name for field in fields(Options)}
    if unknown := sorted(set(given) - known):
        raise ImproperlyConfigured(
            f"SAMOVAR has unknown keys: {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        )
    given.setdefault("DATA", Path(getattr(settings, "BASE_DIR", Path.cwd())) / "data")
    given.setdefault("OPEN", settings.DEBUG)
    given.setdefault("CENTRIFUGO_PUBLIC_URL", given.get("CENTRIFUGO_URL", ""))
    given.setdefault("EMBEDDED_WORKER", not getattr(settings, "CELERY_BROKER_URL", None))
    for name, cast in _CASTS.items():
        if name in given:
            given[name] = _cast(name, cast, given[name])
    return Options(**given)


def _cast(name: str, cast: Callable[[Any], Any], given: Any) -> Any:
    try:
        return cast(given)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(
            f"SAMOVAR[{name!r}] is {given!r}, which cannot be used: {error}."
        ) from error


@cache
def load(name: str) -> Any:
    """Import and return what the option `name`, a dotted path, points to."""
    return import_string(getattr(options(), name))


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"SAMOVAR", "DEBUG", "CELERY_BROKER_URL"}:
        options.cache_clear()
        load.cache_clear()


setting_changed.connect(_forget)
