"""The verdict on a run whose attempt has ended: docs/states.md as code.

Errors and crashes are counted apart. A raised error follows the job's `retry`; an attempt whose
runner or worker was lost is taken up again until the `crashes`-th loss; a release costs nothing. A
run that is `cancelling` ends as cancelled, however its attempt ended.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.models import AttemptState, Run, RunState
from samovar.models.ladder import LadderStep, Taken, kept
from samovar.types import Ending, Fault, Outcome

Word = tuple[str, str]
"""A text of our own for the log, and its level."""

JITTER = 0.1
"""The share by which a wait before a retry varies, so that many do not come at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What run and attempt become, by which step, and what the log says of it."""

    step: Callable[[], bool]
    run: RunState
    attempt: AttemptState
    fault: Fault | None = None
    words: tuple[Word, ...] = ()
    result: Any = None


def verdict(run: Run, ending: Ending, *, token: uuid.UUID, now: dt.datetime) -> Verdict:
    """Return the verdict on `run`, freshly read and held by `token`."""
    if ending.outcome == Outcome.CANCELLED and run.state == RunState.RUNNING:
        # The job raised Cancelled of its own accord.
        run.request_cancel(now=now)
        return _cancelled(run, token, now)
    if run.state == RunState.CANCELLING:
        return _cancelled(run, token, now)
    return _running(run, ending, token, now)


def _running(run: Run, ending: Ending, token: uuid.UUID, now: dt.datetime) -> Verdict:
    match ending.outcome:
        case Outcome.SUCCEEDED:
            result = json.loads(ending.result or "null")
            step = partial(run.succeed, token=token, result=result, now=now)
            return Verdict(step, RunState.SUCCEEDED, AttemptState.SUCCEEDED, result=result)
        case Outcome.RELEASED:
            return _released(run, ending, token)
        case Outcome.LOST:
            return _lost(run, ending, token, now)
        case Outcome.FAILED | Outcome.TIMED_OUT if _is_tried_again(run, ending):
            return _retried(run, ending, token)
        case _:
            return _failed(run, ending, token, now)


def _is_tried_again(run: Run, ending: Ending) -> bool:
    return ending.retryable and run.failures + 1 < run.max_attempts


def _cancelled(run: Run, token: uuid.UUID, now: dt.datetime) -> Verdict:
    ladder = [*(run.ladder or []), *kept([Taken(LadderStep.GONE, now)])]
    step = partial(run.confirm_cancel, token=token, now=now, ladder=ladder)
    words = ((_("The run was cancelled."), "warning"),)
    return Verdict(step, RunState.CANCELLED, AttemptState.CANCELLED, words=words)


def _released(run: Run, ending: Ending, token: uuid.UUID) -> Verdict:
    text = _(
        "Attempt {number} was handed back: {reason} The run waits in its queue again."
    ).format(number=run.attempt, reason=ending.reason)
    step = partial(run.release, token=token)
    return Verdict(step, RunState.QUEUED, AttemptState.RELEASED, words=((text, "info"),))


def _lost(run: Run, ending: Ending, token: uuid.UUID, now: dt.datetime) -> Verdict:
    text = _("Attempt {number} was lost: {reason}").format(
        number=run.attempt, reason=ending.reason
    )
    if run.losses + 1 < run.crashes:
        words = ((f"{text} {_('The run is taken up again.')}", "warning"),)
        step = partial(run.rescue, token=token)
        return Verdict(step, RunState.QUEUED, AttemptState.LOST, words=words)
    last = _("That was loss {losses} of {crashes}: the run is not taken up again.").format(
        losses=run.losses + 1, crashes=run.crashes
    )
    fault = Fault("Lost", f"{text} {last}")
    step = partial(run.fail, token=token, fault=fault, now=now, losses=1)
    words = ((fault.message, "error"),)
    return Verdict(step, RunState.FAILED, AttemptState.LOST, fault, words)


def _retried(run: Run, ending: Ending, token: uuid.UUID) -> Verdict:
    wait = _wait(run, ending.retry_after)
    text = _("Attempt {number} failed ({failures} of {most}). The next begins in {seconds} s.")
    text = text.format(
        number=run.attempt,
        failures=run.failures + 1,
        most=run.max_attempts,
        seconds=round(wait, 1),
    )
    step = partial(run.retry, token=token, wait=dt.timedelta(seconds=wait))
    words = ((text, "warning"),)
    return Verdict(step, RunState.SCHEDULED, _failed_attempt(ending), ending.fault, words)


def _failed(run: Run, ending: Ending, token: uuid.UUID, now: dt.datetime) -> Verdict:
    is_timeout = ending.outcome == Outcome.TIMED_OUT
    fault = ending.fault or Fault("Timeout" if is_timeout else "Error", ending.reason)
    words = ((ending.reason, "error"),) if ending.reason else ()
    step = partial(run.fail, token=token, fault=fault, now=now, failures=1)
    return Verdict(step, RunState.FAILED, _failed_attempt(ending), fault, words)


def _failed_attempt(ending: Ending) -> AttemptState:
    is_timeout = ending.outcome == Outcome.TIMED_OUT
    return AttemptState.TIMED_OUT if is_timeout else AttemptState.FAILED


def _wait(run: Run, asked: float | None) -> float:
    """Return the seconds before the next attempt: what the job asked for, or the growing wait of
    its policy.
    """
    if asked is not None:
        return max(0.0, asked)
    try:
        wait = registry.get(run.job).retry.wait(run.failures + 1)
    except UnknownJob:
        wait = 1.0
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
