"""Settle: write how an attempt ended, with its last lines, and what becomes of its run.

The verdict is `samovar.runtime.verdict`'s. A run whose transaction was rolled back, or committed
without our hearing of it, may be settled again: the attempt's row tells what was done.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import Error
from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.models import FINAL, HELD, Attempt, AttemptState, Run, RunState
from samovar.runtime import admission, at_once, events, publisher, storable
from samovar.runtime.claim import Claimed
from samovar.runtime.ends import after_end, look_after
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.publisher import Hint
from samovar.runtime.recorder import Recorder
from samovar.runtime.verdict import Word, verdict
from samovar.types import Batch, Ending, Fault, Outcome, Stream

logger = logging.getLogger(__name__)

T = TypeVar("T")

_JUDGED = (
    "state", "job", "queue", "attempt", "max_attempts", "failures",
    "losses", "crashes", "group", "is_followed", "ladder",
)  # fmt: skip


def settle(
    ledger: LedgerThread, claimed: Claimed, ending: Ending, recorder: Recorder
) -> RunState | None:
    """Write the end of the attempt; return what the run became, None when it was no longer
    ours.
    """
    return settle_and(ledger, claimed, ending, recorder, lambda: None)[0]


def settle_and(
    ledger: LedgerThread,
    claimed: Claimed,
    ending: Ending,
    recorder: Recorder,
    then: Callable[[], T | None],
) -> tuple[RunState | None, T | None]:
    """Do the same, and in the same transaction `then`, unless the attempt is known to be fenced;
    return both answers.
    """
    if ending.outcome == Outcome.FENCED or recorder.is_fenced:
        return None, None
    recorder.close()
    try:
        return ledger.call(lambda: (settle_now(claimed, ending, recorder), then()))
    except (Error, ValueError, RecursionError) as error:
        if ending.outcome != Outcome.SUCCEEDED:
            raise
        logger.warning("The result of run %s cannot be kept: %r", claimed.run_id, error)
        failed = _unkept(error)
    return ledger.call(lambda: (settle_now(claimed, failed, recorder), then()))


def settle_now(
    claimed: Claimed, ending: Ending, recorder: Recorder, *, now: dt.datetime | None = None
) -> RunState | None:
    """Do the same in this thread's transaction; the next run of a limited job may begin then."""
    state = _settle(claimed, ending, recorder, now)
    if state is not None and claimed.limit_key is not None:
        admission.admit_next(claimed.job, claimed.limit_key)
    return state


def _settle(
    claimed: Claimed, ending: Ending, recorder: Recorder, now: dt.datetime | None
) -> RunState | None:
    now = end_of(claimed, now or clock.now())
    if ending.outcome == Outcome.SUCCEEDED and _succeed(claimed, ending, recorder, now):
        events.emit(moved(claimed, RunState.SUCCEEDED))
        return RunState.SUCCEEDED
    held = Run.objects.filter(pk=claimed.run_id, token=claimed.token, state__in=HELD)
    run = held.select_for_update().only(*_JUDGED).first()
    if run is None:
        return _settled_before(claimed)
    # What another has recorded of the attempt stands with the run alone.
    run.ladder = recorder.ladder or run.ladder
    end = verdict(run, _fit(ending), token=claimed.token, now=now)
    if not recorder.write(_batches(end.words, now)) or not end.step():
        return None
    Attempt.finish(
        claimed.token, end.attempt, now=now, reason=storable.text(ending.reason), fault=end.fault
    )
    if end.run in FINAL:
        after_end(run, end.run, end.result)
    if end.run == RunState.QUEUED:
        hint = Hint(run.pk, run.job, run.queue)
        transactions.after_commit(lambda: publisher.offer(hint))
    events.emit(moved(claimed, end.run))
    return end.run


def end_of(claimed: Claimed, now: dt.datetime) -> dt.datetime:
    """Return when an attempt ends that does so `now`: another host's clock may have been ahead
    when it began.
    """
    return max(now, claimed.started_at or now)


def moved(claimed: Claimed, state: RunState) -> events.RunMoved:
    """Return the news that the run has become `state`."""
    before = claimed.next_line - 1
    return events.RunMoved(claimed.run_id, claimed.job, claimed.attempt, before, state=state)


def _succeed(claimed: Claimed, ending: Ending, recorder: Recorder, now: dt.datetime) -> bool:
    """Settle as most attempts end, without a look first; False when there is more to it."""
    token, result = claimed.token, json.loads(ending.result or "null")
    if not recorder.write():
        return False
    if at_once.is_possible():
        won = at_once.succeed(at_once.Success(claimed.run_id, token, result, now))
    else:
        run = Run(pk=claimed.run_id)
        won = run.succeed(token=token, result=result, now=now, is_alone=True) and Attempt.finish(
            token, AttemptState.SUCCEEDED, now=now
        )
    if won and claimed.group_id is not None:
        look_after(claimed.group_id)
    return won


def _settled_before(claimed: Claimed) -> RunState | None:
    """Return what the run became, if this very end was written before and the answer was lost."""
    attempt = Attempt.objects.filter(token=claimed.token).select_related("run").first()
    if attempt is None or attempt.run.attempt != attempt.number:
        return None
    if attempt.state in (AttemptState.RUNNING, AttemptState.LOST):
        return None
    state = RunState(attempt.run.state)
    events.emit(moved(claimed, state))
    return state


def _batches(words: Sequence[Word], now: dt.datetime) -> list[Batch]:
    at = now.timestamp() if words else time.time()
    return [Batch(at, Stream.SYSTEM, level, text.splitlines()) for text, level in words]


def _fit(ending: Ending) -> Ending:
    """Return the ending with texts that every database takes."""
    if ending.fault is None:
        return ending
    parts = dataclasses.astuple(ending.fault)
    return dataclasses.replace(ending, fault=Fault(*(storable.text(part) for part in parts)))


def _unkept(error: Exception) -> Ending:
    message = _("The result cannot be kept: {error}").format(error=error)
    return Ending(Outcome.FAILED, fault=Fault("ResultNotKept", message), retryable=False)
