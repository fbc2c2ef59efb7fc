"""The changeover: what a slot does in the ledger between two runs. The success of the last is
written, and the next is claimed.

Where the database can, the slot does so by itself, in one statement that is a transaction, on a
wire of its own: no other thread has to be woken, and the commits of several slots go side by side.
All else, and whatever that statement would not do, the ledger thread does.

# Note [Tried again]
A statement whose answer was lost may have been done. So what failed on the wire is done again by
the ledger thread under the same token, as it does after a failure of its own.

# Note [The machine's end]
On SQLite a job begins before its claim has reached the disk. A process that is killed takes
nothing away from it. If the machine itself loses its power in these milliseconds, the run waits in
its queue again, and whatever might hold it is gone with the machine: it is performed once more, as
after every loss, and this loss is not counted. For a run that may not be lost once more
(`crashes=1` from its beginning) that will not do, so its claim waits for the disk. PostgreSQL
serves workers that live on when it does not, so there each claim does.
"""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import Error

from samovar import brand, clock
from samovar.models.states import RunState
from samovar.models.wire import Wire
from samovar.runtime import at_once, events
from samovar.runtime.claim import (
    Claimed,
    Holder,
    begun,
    claim,
    claim_behind,
    claim_next,
    claim_on,
)
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import end_of, moved, settle_and
from samovar.types import Ending, Outcome

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Bid:
    """A slot's try for the next run, or for one that is named: the same, under one token, however
    often it is made. `pid` is the runner's; `queues` and `jobs` are those that the slot takes.
    """

    holder: Holder
    pid: int
    queues: tuple[str, ...]
    jobs: tuple[str, ...]
    run_id: uuid.UUID | None = None
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    brand: int = field(default_factory=brand.new_brand)
    is_first: bool = True

    def __call__(self) -> Claimed | None:
        """Claim. Requires a transaction."""
        how: Any = self._attempt() | {"is_first": self.is_first}
        self.is_first = False
        claimed = self.run_id and claim(self.run_id, **how)
        return claimed or claim_next(queues=self.queues, jobs=self.jobs, **how)

    def on(self, wire: Wire) -> Claimed | None:
        """Claim by statements on `wire`; only the first time."""
        self.is_first = False
        how = self._attempt()
        return _told(claim_on(wire, self.run_id, queues=self.queues, jobs=self.jobs, **how))

    def behind(self, success: at_once.Success, wire: Wire) -> tuple[bool, Claimed | None]:
        """Claim behind `success` by a statement on `wire`; only the first time."""
        self.is_first = False
        return claim_behind(success, wire, queues=self.queues, jobs=self.jobs, **self._attempt())

    def _attempt(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "brand": self.brand,
            "holder": self.holder,
            "pid": self.pid,
        }


class Changeover:
    """The changeovers of one slot; used by its thread."""

    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger
        self._wire = Wire() if at_once.is_possible() else None

    def claim(self, bid: Bid) -> Claimed | None:
        """Claim what `bid` is for and return it. See Note [The machine's end]."""
        if self._wire is not None:
            try:
                return bid.on(self._wire)
            except Error as error:
                _note(error)
        claimed = self._ledger.call(bid, is_synced=False)
        if claimed is not None and claimed.losses + 1 >= claimed.crashes:
            self._ledger.sync()
        return claimed

    def settle_and_claim(
        self, claimed: Claimed, ending: Ending, recorder: Recorder, bid: Bid | None
    ) -> tuple[RunState | None, Claimed | None]:
        """Write the end of the attempt and claim by `bid`, in one transaction; return what the run
        became, None when it was no longer ours, and what was claimed.
        """
        recorder.close()
        if bid is not None and self._wire is not None and _is_plain(claimed, ending, recorder):
            try:
                has_won, upcoming = bid.behind(_success(claimed, ending), self._wire)
            except (Error, ValueError, RecursionError) as error:
                _note(error)
            else:
                if has_won:
                    events.tell(moved(claimed, RunState.SUCCEEDED))
                    return RunState.SUCCEEDED, _told(upcoming)
        return settle_and(self._ledger, claimed, ending, recorder, bid or _nothing)

    def hang_up_after(self, seconds: float) -> None:
        """Break the wire if the database has not answered for so long. Any thread may call it."""
        if self._wire is not None:
            self._wire.hang_up_after(seconds)

    def close(self) -> None:
        """Give the wire back."""
        if self._wire is not None:
            self._wire.close()


def _is_plain(claimed: Claimed, ending: Ending, recorder: Recorder) -> bool:
    """Return whether the end of the run is all that is to be written."""
    is_alone = claimed.limit_key is None and claimed.group_id is None
    return is_alone and ending.outcome == Outcome.SUCCEEDED and recorder.has_written_all()


def _success(claimed: Claimed, ending: Ending) -> at_once.Success:
    result = json.loads(ending.result or "null")
    return at_once.Success(claimed.run_id, claimed.token, result, end_of(claimed, clock.now()))


def _told(claimed: Claimed | None) -> Claimed | None:
    """Tell of an attempt that has begun, and return the same."""
    if claimed is not None:
        events.tell(begun(claimed))
    return claimed


def _note(error: Exception) -> None:
    logger.warning("The database did not take a changeover at once; it is tried again: %s", error)


def _nothing() -> None:
    """Claim nothing."""
