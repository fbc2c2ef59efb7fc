"""Cron: five fields and a time zone, with cronsim, which does at a change of the clocks what
Debian's cron does: a time that is skipped ticks right after the gap, a time that comes twice ticks
once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from samovar.rhythm.base import InvalidRhythm
from samovar.rhythm.zones import zone_of

FIELDS = 5
NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression: minute, hour, day of month, month, day of week, in a zone.

    "@hourly", "@daily", "@weekly", "@monthly" and "@yearly" are known as well. Raises
    InvalidRhythm for what is no expression, and for a day that never comes (31 February).
    """

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        zone = zone_of(self.zone)
        if len(self.fields) != FIELDS:
            message = _(
                "A cron expression has five fields: minute, hour, day of month, month, day of "
                "week. “%(expression)s” has %(count)s."
            )
            words = {"expression": self.expression, "count": len(self.expression.split())}
            raise InvalidRhythm("cron", message % words)
        try:
            CronSim(" ".join(self.fields), dt.datetime(2024, 1, 1, tzinfo=zone))
        except (CronSimError, ValueError) as error:
            raise InvalidRhythm("cron", _fault(self.expression, str(error))) from None

    @property
    def fields(self) -> list[str]:
        """The five fields."""
        return NAMED.get(self.expression.strip().lower(), self.expression).upper().split()

    def after(self, at: dt.datetime) -> dt.datetime | None:
        """Return the first tick later than `at`; None when none comes within fifty years."""
        return self._next(at, reverse=False)

    def before(self, at: dt.datetime) -> dt.datetime | None:
        """Return the last tick that is not later than `at`."""
        return self._next(at + dt.timedelta(microseconds=1), reverse=True)

    def _next(self, at: dt.datetime, *, reverse: bool) -> dt.datetime | None:
        local = at.astimezone(zone_of(self.zone))
        tick = next(CronSim(" ".join(self.fields), local, reverse=reverse), None)
        return tick.astimezone(dt.UTC) if tick else None


def _fault(expression: str, words: str) -> str:
    """Return what is wrong, from cronsim's words ("Bad minute")."""
    fields = {
        "minute": _("the minute (0–59)"),
        "hour": _("the hour (0–23)"),
        "day-of-month": _("the day of the month (1–31, and one that its months have)"),
        "month": _("the month (1–12)"),
        "day-of-week": _("the day of the week (0–7, 0 and 7 are Sunday)"),
    }
    part = fields.get(words.removeprefix("Bad "), words)
    message = _("“%(expression)s” cannot be used: look at %(part)s.")
    return message % {"expression": expression, "part": part}
