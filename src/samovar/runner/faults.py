"""An exception as the ledger keeps it, whatever the exception's own methods do."""

from __future__ import annotations

import traceback
from types import TracebackType

from samovar.types import Fault

LONGEST_MESSAGE = 64 * 1024
LONGEST_TRACEBACK = 256 * 1024
"""Characters; the middle of what is longer is left out."""

_GAP = "\n[…]\n"


def fault_of(error: BaseException, *, skip: int = 0) -> Fault:
    """Return the fault for an exception; `skip` outermost frames of its traceback are ours and
    left out.
    """
    return Fault(
        type=type(error).__qualname__,
        message=storable(_message(error), LONGEST_MESSAGE),
        traceback=storable(_traceback(error, skip), LONGEST_TRACEBACK),
    )


def storable(text: str, longest: int) -> str:
    """Return `text` as every database takes it: no NUL, no lone surrogates, not too long."""
    if len(text) > longest:
        half = (longest - len(_GAP)) // 2
        text = text[:half] + _GAP + text[-half:]
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as second:  # noqa: BLE001 - an exception's __str__ is the job's code
        return f"<{type(second).__qualname__} in {type(error).__qualname__}.__str__()>"


def _traceback(error: BaseException, skip: int) -> str:
    trace: TracebackType | None = error.__traceback__
    for _ in range(skip):
        trace = trace.tb_next if trace is not None else None
    try:
        written = traceback.TracebackException(type(error), error, trace, compact=True)
        return "".join(written.format())
    except BaseException:  # noqa: BLE001 - likewise: notes, causes and __repr__ are the job's
        return "".join(traceback.format_tb(trace)) + type(error).__qualname__ + "\n"
