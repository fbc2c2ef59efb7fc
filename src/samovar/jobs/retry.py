"""When a job that raised an error is tried again."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import cast

from samovar.exceptions import InvalidJob, SoftTimeout

LONGEST_WAIT = 3600.0
"""Seconds: the doubled waits between attempts stop growing here."""
MOST_ASKED = 30 * 86400.0
"""Seconds: so long an error may ask to be waited."""
MOST_ATTEMPTS = 32767
"""What the ledger's column holds."""

RetryableError = type[Exception] | type[SoftTimeout]


@dataclass(frozen=True, slots=True)
class Retry:
    """Try a job again after an error: `attempts` in all, and only after the errors in `on`.

    The wait before the second attempt is `backoff` seconds; it doubles with each attempt, up to an
    hour, and varies by a tenth so that many do not come at once. An error with an attribute
    `retry_after` (seconds or a timedelta) says the wait itself. SoftTimeout may stand in `on`; a
    hard timeout is final. Lost runners and workers are counted apart (the job's `crashes`).
    """

    attempts: int = 3
    backoff: float = 1.0
    on: RetryableError | tuple[RetryableError, ...] = (Exception,)

    def __post_init__(self) -> None:
        if not is_whole(self.attempts, 1, MOST_ATTEMPTS):
            raise InvalidJob(
                f"Retry(attempts={self.attempts!r}): give a whole number from 1 (no retry) "
                f"to {MOST_ATTEMPTS}."
            )
        if not is_seconds(self.backoff, least=0):
            raise InvalidJob(
                f"Retry(backoff={self.backoff!r}): give the seconds to wait, 0 or more."
            )
        for error in self.on if isinstance(self.on, tuple) else (self.on,):
            if not _is_error(error):
                raise InvalidJob(
                    f"Retry(on=…): {error!r} is no class of errors, such as OSError; of what "
                    "derives from BaseException alone, only SoftTimeout can be tried again."
                )

    def covers(self, error: BaseException) -> bool:
        """Return whether `error` is one that deserves another attempt."""
        return isinstance(error, self.on)

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after the `failures`-th error (1 is the first)."""
        return min(self.backoff * 2.0 ** min(failures - 1, 64), max(self.backoff, LONGEST_WAIT))


def asked_wait(error: BaseException) -> float | None:
    """Return the seconds that an error asks to be waited before the next attempt, as its
    `retry_after` (a number or a timedelta); None when it asks for none that can be kept.
    """
    try:
        asked = getattr(error, "retry_after", None)
    except BaseException:  # noqa: BLE001 - an exception's attributes are the job's code
        return None
    if isinstance(asked, dt.timedelta):
        asked = asked.total_seconds()
    return min(float(cast("float", asked)), MOST_ASKED) if is_seconds(asked, least=0) else None


def is_whole(given: object, least: int, most: int) -> bool:
    """Return whether `given` is a whole number within bounds, and no bool."""
    return type(given) is int and least <= given <= most


def is_seconds(given: object, least: float) -> bool:
    """Return whether `given` is a finite number that is not below `least`, and no bool."""
    return type(given) in (int, float) and least <= cast("float", given) < math.inf


def _is_error(given: object) -> bool:
    return isinstance(given, type) and issubclass(given, (Exception, SoftTimeout))
