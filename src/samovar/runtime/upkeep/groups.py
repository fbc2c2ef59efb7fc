"""The ends of groups: whoever wrote the last run's end may have died before it could mark the
group.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from samovar.models import Group
from samovar.models.statement import Statement
from samovar.runtime.ends import finish
from samovar.runtime.ledger import LedgerThread

BATCH = 100
"""Groups of one round."""


@dataclass(frozen=True, slots=True)
class GroupEnds:
    """Mark groups as finished; the leader does so."""

    ledger: LedgerThread

    def run_once(self) -> int:
        """Finish what is over; return how many groups."""
        return self.ledger.call(_finish)


@functools.cache
def _over() -> Statement:
    """Return the look for one group that is over, composed once: it is done each second."""
    return Statement.select(Group.objects.over().values_list("pk")[:1])


def _finish() -> int:
    if _over().first() is None:
        return 0
    return sum(finish(pk) for pk in Group.objects.over().values_list("pk", flat=True)[:BATCH])
