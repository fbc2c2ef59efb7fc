"""The lookout: lets a worker find by itself what no message has told it of.

A broker that is away, or that has lost what it held, only makes runs begin later: a worker that
has a slot free looks for runs that nobody has taken for some time, and takes them.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Protocol

from django.db.models.functions import Now

from samovar.models import Run
from samovar.models.statement import Statement
from samovar.runtime.ledger import LedgerThread


class Slots(Protocol):
    """The worker's slots, as far as the lookout goes."""

    def has_rest(self) -> bool:
        """Return whether one rests."""

    def call_all(self) -> None:
        """Let all look into the ledger."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """Call resting slots to what has waited in their `queues` for `patience` seconds; every
    worker does so. The dispatcher, which sends messages again, is a little less patient.
    """

    ledger: LedgerThread
    queues: tuple[str, ...]
    jobs: tuple[str, ...]
    slots: Slots
    patience: float = 3.0

    def __post_init__(self) -> None:
        if self.patience <= 0:
            raise ValueError("patience must be greater than 0")

    def run_once(self) -> bool:
        """Look once; answer whether slots were called."""
        found = self.slots.has_rest() and self.ledger.call(self._waits)
        if found:
            self.slots.call_all()
        return found

    def _waits(self) -> bool:
        return _waiting(self.queues, self.jobs, self.patience).first() is not None


@functools.cache
def _waiting(queues: tuple[str, ...], jobs: tuple[str, ...], patience: float) -> Statement:
    """Return the look for a run that has waited so long, composed once: it is done each second."""
    before = Now() - dt.timedelta(seconds=patience)
    line = Run.objects.claimable().filter(queue__in=queues, job__in=jobs)
    return Statement.select(line.filter(created_at__lt=before).values_list("pk")[:1])
