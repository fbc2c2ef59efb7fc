"""Values that pass between the layers; they know nothing of ours."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


class Stream(enum.StrEnum):
    """Where a line of the log came from."""

    STDOUT = "stdout"
    STDERR = "stderr"
    LOG = "log"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that left a job, before the ledger gives it a number.

    `at` is seconds since the epoch, when the line was read from the job. `text` has no newline.
    """

    at: float
    stream: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive lines that were read at one instant and share stream and level.

    What passes between supervisor and ledger: cheaper than a `Line` each.
    """

    at: float
    stream: str
    level: str
    texts: list[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is: `done` of `total` (both optional, same unit), and a word on the
    step.
    """

    done: float | None = None
    total: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the ledger keeps it: the exception's type, its message and the traceback's
    text.
    """

    type: str
    message: str
    traceback: str = ""


class Outcome(enum.StrEnum):
    """How an attempt ended, as its supervisor saw it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    RELEASED = "released"
    FENCED = "fenced"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of an attempt.

    `result` is JSON text when the outcome is SUCCEEDED. `fault` stands with FAILED and TIMED_OUT.
    `reason` says in words why an attempt was lost, killed or released. `retry_after` (seconds) is
    the wait that the job itself asked for.
    """

    outcome: Outcome
    result: str | None = None
    fault: Fault | None = None
    reason: str = ""
    retryable: bool = True
    retry_after: float | None = None
