"""How the processes of a worker's tree stand to signals."""

from __future__ import annotations

import inspect
import signal
from typing import Any

_GROUP = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""What a terminal or an operator sends to a whole group."""
_IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}
_FIXED = {signal.SIGKILL, signal.SIGSTOP}

Dispositions = tuple[Any, ...]

_NUMBERS = tuple(signal.valid_signals() - _FIXED)
_disposition = inspect.unwrap(signal.getsignal)
"""What makes no enum of each answer: before an attempt all signals are asked for."""


def reset() -> None:
    """Put all signals back to what a fresh Python has; a parent's handlers mean nothing here."""
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals() - _FIXED:
        if number in _IGNORED_BY_PYTHON:
            signal.signal(number, signal.SIG_IGN)
        elif signal.getsignal(number) is not signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ignore_group() -> None:
    """Ignore what is sent to the whole group: the worker decides when this process ends."""
    for number in _GROUP:
        signal.signal(number, signal.SIG_IGN)


def snapshot() -> Dispositions:
    """Return what each signal does now."""
    return tuple(map(_disposition, _NUMBERS))


def restore(before: Dispositions) -> None:
    """Undo what has been changed since the snapshot; none is blocked."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    now = snapshot()
    if now == before:
        return
    for number, handler, changed in zip(_NUMBERS, before, now, strict=True):
        if handler is not None and handler is not changed:
            signal.signal(number, handler)
