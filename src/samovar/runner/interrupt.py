"""How a running job is interrupted: a signal whose handler raises in the main thread, where the
job runs.

Three of the real-time signals, which nobody uses by accident. The handler raises only while a job
is armed, never inside a write of ours (the shield), and never while an exception of ours unwinds
already, so that `finally` blocks run to their end. What comes before the job is armed waits for
it: a runner that was interrupted serves no other attempt, so nothing is stale. The supervisor
repeats a cancel, because a job may have swallowed it.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType

from samovar.exceptions import Cancelled, Interrupted, SoftTimeout
from samovar.jobs import context

CANCEL = signal.SIGRTMIN + 11
SOFT_TIMEOUT = signal.SIGRTMIN + 12
HAND_BACK = signal.SIGRTMIN + 13
"""Raises nothing by itself: a resumable job leaves at its next step."""

_EXCEPTIONS: dict[int, type[Interrupted]] = {CANCEL: Cancelled, SOFT_TIMEOUT: SoftTimeout}


class _State:
    """One for the process: signals come to its main thread alone."""

    main = 0
    armed = False
    depth = 0
    pending = 0
    words: dict[int, str] = {}


def install() -> None:
    """Receive the signals in this process; called in its main thread. They mean nothing until a
    job is armed.
    """
    _State.main = threading.get_ident()
    for number in _EXCEPTIONS:
        signal.signal(number, _receive)
    signal.signal(HAND_BACK, lambda *_: context.ask_to_leave())


def arm(words: dict[int, str]) -> None:
    """Let signals raise from now on, one that came before at once; `words` has the exceptions'
    messages by signal.
    """
    _State.words = words
    _State.armed = True
    _raise_pending()


def disarm() -> None:
    """Let signals mean nothing: the job has ended."""
    _State.armed = False


class Shield:
    """Keeps interruptions out of a `with` block; one that came meanwhile is raised at its end.

    In other threads than the main one it does nothing, as signals never come there.
    """

    def __enter__(self) -> None:
        if threading.get_ident() == _State.main:
            _State.depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if threading.get_ident() != _State.main:
            return
        _State.depth -= 1
        _raise_pending()


shield = Shield()


def _receive(number: int, _frame: FrameType | None) -> None:
    if _State.pending != CANCEL:
        _State.pending = number
    _raise_pending()


def _raise_pending() -> None:
    if not _State.pending or not _State.armed or _State.depth:
        return
    number, _State.pending = _State.pending, 0
    if not _is_unwinding():
        raise _EXCEPTIONS[number](_State.words.get(number, ""))


def _is_unwinding() -> bool:
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, Interrupted):
            return True
        error = error.__context__
    return False
