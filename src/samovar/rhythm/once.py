"""One instant, once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Once:
    """A single tick, `at` an aware instant."""

    at: dt.datetime

    def after(self, at: dt.datetime) -> dt.datetime | None:
        """Return the tick if it is later than `at`."""
        return self.at if self.at > at else None

    def before(self, at: dt.datetime) -> dt.datetime | None:
        """Return the tick if it is not later than `at`."""
        return self.at if self.at <= at else None
