"""A slot: one thread that performs runs, one after the other, each in a runner.

A turn reads: have a runner ready, claim, follow, perform, settle. A slot that has ended a run
looks into the ledger for the next before it rests, so a backlog needs no messages; while its
runner is ready, it does so in the transaction that settles: a backlog takes one commit a run.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from samovar import conf
from samovar.jobs import registry
from samovar.models.states import RunState
from samovar.runner.assignment import Assignment
from samovar.runner.roster import Roster
from samovar.runner.supervisor import Supervisor
from samovar.runner.template import Template, TemplateGone
from samovar.runtime import events
from samovar.runtime.changeover import Bid, Changeover
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.types import Ending, Outcome

logger = logging.getLogger(__name__)

T = TypeVar("T")

SLOW_SECONDS = 0.05
"""Who takes longer to hear of an end, as a project's own handler may, is told of the next before
another run is claimed: none shall be shown as running while it waits for that.
"""


class Following(Protocol):
    """Somebody who wants to know of one attempt."""

    def end(self, ending: Ending, state: RunState | None, /) -> None:
        """Hear how the attempt ended, and what the run became (None: another has it)."""


class Follower(Protocol):
    """Somebody who wants to know what a crew does."""

    def follow(self, claimed: Claimed, /) -> Following:
        """Hear that an attempt begins."""

    def on_occupancy(self, idle: int, /) -> None:
        """Hear how many slots are idle now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the slots of one crew have in common. `queues` and `jobs` are those that the crew
    takes.
    """

    holder: Holder
    queues: tuple[str, ...]
    jobs: tuple[str, ...]
    ledger: LedgerThread
    roster: Roster
    template: Template
    follower: Follower
    on_begin: Callable[[], None]
    on_lost: Callable[[], None]


class Slot:
    """One unit of a worker's concurrency."""

    def __init__(self, shared: Shared, number: int) -> None:
        self._shared = shared
        self._supervisor = Supervisor(shared.template)
        self._changeover = Changeover(shared.ledger)
        self._guard = threading.Lock()
        self._claimed: Claimed | None = None
        self._is_over = False
        self._seen = -1
        self._released = ""
        self._is_asked = False
        self._is_told_slowly = False
        self._thread = threading.Thread(
            target=self._work, name=f"samovar-slot-{number}", daemon=True
        )

    def start(self) -> None:
        """Begin with what waits in the ledger."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the thread's end; False when it did not come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def token(self) -> uuid.UUID | None:
        """The token of the attempt that is performed now."""
        claimed = self._claimed
        return claimed.token if claimed else None

    def cancel(self, token: uuid.UUID) -> None:
        """Interrupt the attempt that holds `token`: somebody has cancelled its run."""
        with self._guard:
            claimed = self._claimed
            if claimed is None or claimed.token != token or self._is_over:
                return
            self._supervisor.cancel()
        before, state = claimed.next_line - 1, RunState.CANCELLING
        events.tell(
            events.RunMoved(claimed.run_id, claimed.job, claimed.attempt, before, state=state)
        )

    def fence(self, token: uuid.UUID) -> None:
        """Kill the attempt that holds `token`: another may have its run."""
        with self._guard:
            if self.token == token and not self._is_over:
                self._supervisor.fence()

    def hang_up_after(self, seconds: float) -> None:
        """Break the slot's wire if the database has not answered for so long."""
        self._changeover.hang_up_after(seconds)

    def hand_back(self) -> None:
        """Let a job that is resumable hand its run back as soon as it has saved its state."""
        with self._guard:
            self._is_asked = True
            self._ask()

    def _ask(self) -> None:
        if self._claimed and not self._is_over and registry.get(self._claimed.job).resumable:
            self._supervisor.hand_back()

    def release(self, reason: str) -> None:
        """Hand back the run that is performed now, and any that is claimed at this very moment."""
        with self._guard:
            self._released = reason
            if self._claimed and not self._is_over:
                self._supervisor.release(reason)

    def _work(self) -> None:
        try:
            self._take_turns()
        except TemplateGone as error:
            logger.error("%s", error)  # noqa: TRY400 - it says all
            self._shared.on_lost()
        except Exception:
            logger.exception("A slot has failed; the worker ends.")
            self._shared.on_lost()
        finally:
            self._supervisor.close()
            self._changeover.close()

    def _take_turns(self) -> None:
        roster = self._shared.roster
        self._supervisor.prepare()
        while (call := roster.rest(self._seen)) is not None:
            claimed = self._hold(self._claim(call.run_id))
            while claimed is not None:
                claimed = self._perform(claimed)

    def _claim(self, run_id: uuid.UUID | None = None) -> Claimed | None:
        """Claim the run, or else the next in line, for a runner that is ready."""
        self._seen = self._shared.roster.missed
        if not self._shared.roster.is_open():
            return None
        return self._changeover.claim(self._bid(self._supervisor.prepare(), run_id))

    def _bid_beside(self) -> Bid | None:
        """Return the bid for the next run, made where this one is settled; None when there is no
        runner for it yet, or nothing may begin.
        """
        self._seen = self._shared.roster.missed
        pid = self._supervisor.ready()
        return self._bid(pid) if pid is not None and self._shared.roster.is_open() else None

    def _bid(self, pid: int, run_id: uuid.UUID | None = None) -> Bid:
        shared = self._shared
        return Bid(
            holder=shared.holder, pid=pid, queues=shared.queues, jobs=shared.jobs, run_id=run_id
        )

    def _perform(self, claimed: Claimed) -> Claimed | None:
        """Perform a claimed run and settle it; return the next, which is claimed by then."""
        shared = self._shared
        following = _guarded(lambda: shared.follower.follow(claimed))
        recorder = Recorder(shared.ledger, claimed, fence=lambda: self.fence(claimed.token))
        ending = self._end_of(claimed, recorder)
        with self._guard:
            self._is_over = True
        bid = None if self._is_told_slowly else self._bid_beside()
        state, upcoming = self._changeover.settle_and_claim(claimed, ending, recorder, bid)
        self._hold(upcoming)
        if following is not None:
            began = time.monotonic()
            _guarded(lambda: following.end(ending, state))
            self._is_told_slowly = time.monotonic() - began > SLOW_SECONDS
        # What the end has let in stands in line only after it.
        has_looked = bid is not None and state is not None and claimed.limit_key is None
        return upcoming if upcoming or has_looked else self._hold(self._claim())

    def _hold(self, claimed: Claimed | None) -> Claimed | None:
        """Have the lease renewed from its claim on, and return the same: who is told next, of the
        last end and of this beginning, may take long, as a broker that hangs does.
        """
        with self._guard:
            self._claimed = claimed
            self._is_over = False
            if claimed is not None:
                self._shared.on_begin()
        return claimed

    def _end_of(self, claimed: Claimed, recorder: Recorder) -> Ending:
        with self._guard:
            if self._is_asked:
                self._ask()
            if self._released:
                return Ending(Outcome.RELEASED, reason=self._released)
        return self._supervisor.perform(_assignment(claimed), recorder)


def _assignment(claimed: Claimed) -> Assignment:
    job = registry.get(claimed.job)
    return Assignment(
        run_id=claimed.run_id,
        job=claimed.job,
        params=claimed.params,
        attempt=claimed.attempt,
        max_attempts=claimed.max_attempts,
        brand=claimed.brand,
        checkpoint=claimed.checkpoint,
        trail=claimed.trail,
        soft_timeout=job.soft_timeout,
        timeout=job.timeout,
        cancel_grace=conf.options().CANCEL_GRACE_SECONDS,
    )


def _guarded(tell: Callable[[], T]) -> T | None:
    """Tell a follower; what it does wrong is its own."""
    try:
        return tell()
    except Exception:
        logger.exception("Somebody who follows the attempt has failed.")
        return None
