"""The ladder: the steps by which a cancel ends an attempt, as its run keeps them.

A step is kept once it has been taken, with its time; none is kept that was not needed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from samovar import clock

if TYPE_CHECKING:
    from samovar.models.run import Run


class LadderStep(models.TextChoices):
    """The steps, in their order."""

    REQUESTED = "requested", _("cancellation requested")
    INTERRUPTED = "interrupted", _("job interrupted (Cancelled)")
    TERMINATED = "terminated", _("SIGTERM sent")
    KILLED = "killed", _("SIGKILL sent")
    GONE = "gone", _("nothing of the attempt is left")


class Taken(NamedTuple):
    """A step that has been taken."""

    step: LadderStep
    at: dt.datetime


def kept(steps: Sequence[Taken]) -> list[list[str]]:
    """Return `steps` as a run keeps them in its column."""
    return [[taken.step.value, str(clock.rfc3339(taken.at))] for taken in steps]


def ladder_of(run: Run) -> list[Taken]:
    """Return the steps that the cancel of `run` has taken so far, the request first; none when
    nobody has asked for its end.
    """
    if run.cancel_requested_at is None:
        return []
    taken = [Taken(LadderStep(step), _instant(at)) for step, at in run.ladder or ()]
    return [Taken(LadderStep.REQUESTED, run.cancel_requested_at), *taken]


def ahead_of(taken: Sequence[Taken]) -> list[LadderStep]:
    """Return the steps that may follow those `taken`."""
    steps = list(LadderStep)
    return steps[steps.index(taken[-1].step) + 1 :] if taken else []


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
