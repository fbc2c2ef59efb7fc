"""How an attempt ended, from what its supervisor saw."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from django.utils.translation import gettext as _

from samovar.runner.frames import Frame
from samovar.runner.keeper import Gone
from samovar.runner.orders import NOTHING, Given, Order
from samovar.types import Ending, Fault, Outcome


@dataclass(slots=True)
class Observed:
    """What a supervisor saw of one attempt."""

    pid: int
    frame: Frame | None = None
    """The runner's own word on the end."""
    gone: Gone | None = None
    """How the runner ended, if it did."""
    order: Given = NOTHING
    timeout: float | None = None
    """The hard timeout, when it has passed."""
    is_killed: bool = False
    """Whether the job had to be killed because it did not heed a cancel."""


_ORDERED = {
    Order.FENCE: Outcome.FENCED,
    Order.RELEASE: Outcome.RELEASED,
    Order.CANCEL: Outcome.CANCELLED,
}


def ending_of(seen: Observed) -> Ending:
    """Return the ending.

    A job that came to its end before it could be killed has not been killed; but it stays
    cancelled or fenced when somebody relies on it.
    """
    order = seen.order
    if seen.frame is not None and order.order not in (Order.CANCEL, Order.FENCE):
        return _told(seen.frame)
    if order.order in _ORDERED:
        reason = order.reason
        if seen.is_killed:
            reason = _("The job did not stop when it was asked to, and was killed.")
        return Ending(_ORDERED[order.order], reason=reason)
    if seen.timeout is not None:
        return _timed_out(seen.timeout)
    return Ending(Outcome.LOST, reason=_how(seen.pid, seen.gone or Gone()))


def _told(frame: Frame) -> Ending:
    """Return what the runner said of the end."""
    return Ending(
        Outcome(frame["outcome"]),
        result=frame.get("result"),
        fault=Fault(*frame["fault"]) if "fault" in frame else None,
        reason=frame.get("reason", ""),
        retryable=frame.get("retryable", False),
        retry_after=frame.get("retry_after"),
    )


def _timed_out(seconds: float) -> Ending:
    words = _("The job was killed: it took longer than its timeout of {seconds} s.").format(
        seconds=f"{seconds:g}"
    )
    fault = Fault("Timeout", words)
    return Ending(Outcome.TIMED_OUT, fault=fault, reason=words, retryable=False)


def _how(pid: int, gone: Gone) -> str:
    """Say in words how a runner ended that did not come to its own."""
    if gone.code is None:
        return _("The runner (pid {pid}) has ended; nobody knows how.").format(pid=pid)
    if gone.code >= 0:
        words = _(
            "The job ended its process (pid {pid}) with exit code {code} before it returned."
        )
        return words.format(pid=pid, code=gone.code)
    words = _("The runner (pid {pid}) was killed by signal {number} ({name}).")
    words = words.format(pid=pid, number=-gone.code, name=_signal_name(-gone.code))
    if gone.code == -signal.SIGKILL:
        # So it looks when the system was out of memory.
        peak = _("It had used up to {size} MiB of memory.").format(size=gone.memory >> 20)
        words = f"{words} {peak}"
    return words


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"
