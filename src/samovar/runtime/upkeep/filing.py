"""The filing: removes artifacts that are old, and uploads that no run has."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from samovar import clock, conf
from samovar.runtime import files, uploads
from samovar.runtime.ledger import LedgerThread

SWEEP_SECONDS = 3600.0
"""How often the storage itself is looked through for what no row knows."""

T = TypeVar("T")


class Transact(Protocol):
    """Does a function in a transaction of its own."""

    def __call__(self, function: Callable[[], T], /) -> T:
        """Return what the function returns."""


@dataclass(slots=True)
class Filing:
    """Remove a few files; the leader does so."""

    ledger: LedgerThread
    _swept_at: float = field(default=-SWEEP_SECONDS, init=False)

    def run_once(self) -> int:
        """Remove one batch of each kind; return how many files."""
        now = clock.now()
        removed = _step(now, self.ledger.call)
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            removed += self.ledger.call(lambda: uploads.sweep(now))
        return removed


def prune_files(now: dt.datetime, transact: Transact) -> int:
    """Remove all files whose time has come; return how many."""
    removed = 0
    while count := _step(now, transact):
        removed += count
    return removed + transact(lambda: uploads.sweep(now))


def _step(now: dt.datetime, transact: Transact) -> int:
    """Remove a batch of each kind."""
    removed, days = uploads.prune(now, transact), conf.options().KEEP_FILES_DAYS
    if days:
        removed += files.expire(now - dt.timedelta(days=days), now, transact)
    return removed
