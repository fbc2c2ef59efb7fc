"""What every rhythm can tell."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from samovar.exceptions import SamovarError


class InvalidRhythm(SamovarError):
    """A cron expression, an interval, a time or a zone cannot be used; the message says why.

    `field` is the part at fault: "cron", "every", "at" or "zone".
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class Rhythm(Protocol):
    """A row of instants. All of them are aware; those returned are in UTC."""

    def after(self, at: dt.datetime) -> dt.datetime | None:
        """Return the first tick later than `at`; None when there is none."""

    def before(self, at: dt.datetime) -> dt.datetime | None:
        """Return the last tick that is not later than `at`; None when there is none."""
