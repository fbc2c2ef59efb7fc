"""An interval: every so many seconds."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from django.utils.translation import gettext as _

from samovar.rhythm.base import InvalidRhythm

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SHORTEST = 1.0
LONGEST = 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Every:
    """A tick every `seconds`, counted from the beginning of 1970 in UTC.

    So every five minutes means at five past, ten past and so on, whichever process counts, and
    however often it was started.
    """

    seconds: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and SHORTEST <= self.seconds <= LONGEST):
            message = _("Give an interval from 1 second to 366 days.")
            raise InvalidRhythm("every", message)

    def after(self, at: dt.datetime) -> dt.datetime | None:
        """Return the first tick later than `at`."""
        return self._tick(self._count(at) + 1)

    def before(self, at: dt.datetime) -> dt.datetime | None:
        """Return the last tick that is not later than `at`."""
        return self._tick(self._count(at))

    def _count(self, at: dt.datetime) -> int:
        return int((at - EPOCH) // dt.timedelta(seconds=self.seconds))

    def _tick(self, count: int) -> dt.datetime:
        return EPOCH + count * dt.timedelta(seconds=self.seconds)
