"""Settle: write how an attempt ended, once, with its last lines, and what becomes of its run.

Errors and crashes are counted apart. A raised error follows the job's `retry`; an attempt whose
runner or worker was lost is taken up again until the `crashes`-th loss; a release costs nothing. A
run that is `cancelling` ends as cancelled, however its attempt ended.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable

from django.utils.translation import gettext as _

from samovar import clock
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.models import Attempt, AttemptState, Run, RunState
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.types import Ending, Fault, Outcome

ATTEMPT_STATE = {
    Outcome.SUCCEEDED: AttemptState.SUCCEEDED,
    Outcome.FAILED: AttemptState.FAILED,
    Outcome.CANCELLED: AttemptState.CANCELLED,
    Outcome.TIMED_OUT: AttemptState.TIMED_OUT,
    Outcome.LOST: AttemptState.LOST,
    Outcome.RELEASED: AttemptState.RELEASED,
}
JITTER = 0.1
"""The share by which a wait before a retry varies, so that many do not come at once."""


def settle(
    ledger: LedgerThread, claimed: Claimed, ending: Ending, recorder: Recorder
) -> RunState | None:
    """Write the end of the attempt; return what the run became, None when it was no longer
    ours.
    """
    if ending.outcome == Outcome.FENCED or recorder.is_fenced:
        return None
    return ledger.call(lambda: settle_now(claimed, ending, recorder))


def settle_now(claimed: Claimed, ending: Ending, recorder: Recorder) -> RunState | None:
    """Do the same in this thread's transaction."""
    run = Run(pk=claimed.run_id)
    now = clock.now()
    move = _move(run, claimed, ending, recorder, now)
    if not recorder.write():
        return _settled_before(claimed)
    became = move()
    state = ATTEMPT_STATE[ending.outcome]
    if became is None and run.confirm_cancel(token=claimed.token, now=now):
        became, state = RunState.CANCELLED, AttemptState.CANCELLED
    if became is None:
        return _settled_before(claimed)
    Attempt.finish(claimed.token, state, now=now, reason=ending.reason, fault=ending.fault)
    return became


def _settled_before(claimed: Claimed) -> RunState | None:
    """Return what the run became, if this very end was written before and the answer was lost."""
    attempt = Attempt.objects.filter(token=claimed.token).select_related("run").first()
    if (
        attempt is None
        or attempt.state == AttemptState.RUNNING
        or attempt.run.attempt != attempt.number
    ):
        return None
    return None if attempt.state == AttemptState.LOST else RunState(attempt.run.state)


Move = Callable[[], RunState | None]


def _move(
    run: Run, claimed: Claimed, ending: Ending, recorder: Recorder, now: dt.datetime
) -> Move:
    """Choose the edge for this ending, say our words about it, and return the step that makes
    it.
    """
    token = claimed.token
    match ending.outcome:
        case Outcome.SUCCEEDED:
            result = json.loads(ending.result or "null")
            return lambda: _if(
                run.succeed(token=token, result=result, now=now), RunState.SUCCEEDED
            )
        case Outcome.RELEASED:
            recorder.say(
                _("Attempt {number} was handed back: {reason}").format(
                    number=claimed.attempt, reason=ending.reason
                )
            )
            return lambda: _if(run.release(token=token), RunState.QUEUED)
        case Outcome.LOST:
            return _lost(run, claimed, ending, recorder, now)
        case Outcome.FAILED if ending.retryable and claimed.failures + 1 < claimed.max_attempts:
            return _retry(run, claimed, ending, recorder)
        case Outcome.CANCELLED:
            return lambda: None
        case _:
            fault = ending.fault or Fault(str(ending.outcome), ending.reason)
            if ending.reason:
                recorder.say(ending.reason, "error")
            return lambda: _if(
                run.fail(token=token, fault=fault, now=now, failures=1), RunState.FAILED
            )


def _retry(run: Run, claimed: Claimed, ending: Ending, recorder: Recorder) -> Move:
    wait = _wait(claimed, ending.retry_after)
    recorder.say(
        _("Attempt {number} of {attempts} failed; the next begins in {seconds} s.").format(
            number=claimed.failures + 1, attempts=claimed.max_attempts, seconds=round(wait, 1)
        ),
        "warning",
    )
    until = dt.timedelta(seconds=wait)
    return lambda: _if(run.retry(token=claimed.token, wait=until), RunState.SCHEDULED)


def _lost(
    run: Run, claimed: Claimed, ending: Ending, recorder: Recorder, now: dt.datetime
) -> Move:
    losses = claimed.losses + 1
    if losses >= claimed.crashes:
        message = _(
            "{reason} That was loss {losses} of {crashes}: the run is not taken up again."
        ).format(reason=ending.reason, losses=losses, crashes=claimed.crashes)
        recorder.say(message, "error")
        fault = Fault("Lost", message)
        return lambda: _if(
            run.fail(token=claimed.token, fault=fault, now=now, losses=1), RunState.FAILED
        )
    recorder.say(
        _("Attempt {number} was lost: {reason} The run is taken up again.").format(
            number=claimed.attempt, reason=ending.reason
        ),
        "warning",
    )
    return lambda: _if(run.rescue(token=claimed.token), RunState.QUEUED)


def _wait(claimed: Claimed, asked: float | None) -> float:
    """Return the seconds before the next attempt: what the job asked for, or the exponential
    backoff of its policy.
    """
    if asked is not None:
        return max(0.0, asked)
    try:
        wait = registry.get(claimed.job).retry.wait(claimed.failures + 1)
    except UnknownJob:
        wait = 1.0
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _if(won: bool, state: RunState) -> RunState | None:  # noqa: FBT001 - an answer, not an option
    return state if won else None
