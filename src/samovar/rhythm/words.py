"""A rhythm in words, in the active language."""

from __future__ import annotations

import re

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samovar.rhythm.base import Rhythm
from samovar.rhythm.cron import Cron
from samovar.rhythm.every import Every
from samovar.rhythm.once import Once
from samovar.rhythm.zones import zone_of

MINUTE, HOUR, DAY = 60, 3600, 86400
WHOLE = re.compile(r"\d+")
STEP = re.compile(r"\*/(\d+)")
DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def words(rhythm: Rhythm, zone: str = "UTC") -> str:
    """Say when it ticks: "every 5 minutes", "on weekdays at 09:00".

    An expression that has no short words of its own is shown as it is.
    """
    if isinstance(rhythm, Every):
        return _every(rhythm.seconds)
    if isinstance(rhythm, Once):
        local = rhythm.at.astimezone(zone_of(zone))
        date = formats.date_format(local, "j E Y")
        return _("once, on %(date)s at %(time)s") % {"date": date, "time": f"{local:%H:%M}"}
    return _cron(rhythm) if isinstance(rhythm, Cron) else ""


def _every(seconds: float) -> str:
    for unit, phrase in ((DAY, _days), (HOUR, _hours), (MINUTE, _minutes)):
        if seconds >= unit and seconds % unit == 0:
            return phrase(int(seconds // unit))
    if seconds % 1:
        return _("every %(seconds)s s") % {"seconds": formats.number_format(seconds)}
    return _seconds(int(seconds))


def _seconds(count: int) -> str:
    if count == 1:
        return _("every second")
    return ngettext("every %(count)d second", "every %(count)d seconds", count) % {"count": count}


def _minutes(count: int) -> str:
    if count == 1:
        return _("every minute")
    return ngettext("every %(count)d minute", "every %(count)d minutes", count) % {"count": count}


def _hours(count: int) -> str:
    if count == 1:
        return _("every hour")
    return ngettext("every %(count)d hour", "every %(count)d hours", count) % {"count": count}


def _days(count: int) -> str:
    if count == 1:
        return _("every day")
    return ngettext("every %(count)d day", "every %(count)d days", count) % {"count": count}


def _cron(cron: Cron) -> str:
    minute, hour, day, month, weekday = cron.fields
    said = None
    if month == "*":
        said = _often(minute, hour, day, weekday) or _at_a_time(minute, hour, day, weekday)
    return said or _("by cron: %(expression)s") % {"expression": cron.expression}


def _often(minute: str, hour: str, day: str, weekday: str) -> str | None:
    """Return the words of what ticks through the whole day."""
    if (day, weekday) != ("*", "*"):
        return None
    if hour == "*" and minute == "*":
        return _minutes(1)
    if hour == "*" and (step := STEP.fullmatch(minute)) and 60 % int(step[1]) == 0:
        return _minutes(int(step[1]))
    if hour == "*" and WHOLE.fullmatch(minute):
        return _("every hour at minute %(minute)s") % {"minute": f"{int(minute):02}"}
    if minute == "0" and (step := STEP.fullmatch(hour)) and 24 % int(step[1]) == 0:
        return _hours(int(step[1]))
    return None


def _at_a_time(minute: str, hour: str, day: str, weekday: str) -> str | None:
    """Return the words of what ticks once on a day."""
    if not (WHOLE.fullmatch(minute) and WHOLE.fullmatch(hour)):
        return None
    at = {"time": f"{int(hour):02}:{int(minute):02}"}
    if (day, weekday) == ("*", "*"):
        return _("every day at %(time)s") % at
    if day == "*" and weekday in {"1-5", "MON-FRI"}:
        return _("on weekdays at %(time)s") % at
    if day == "*" and (number := _weekday(weekday)) is not None:
        return _on_weekday(number) % at
    if weekday == "*" and WHOLE.fullmatch(day):
        return _("on day %(day)s of each month at %(time)s") % {"day": int(day), **at}
    return None


def _weekday(text: str) -> int | None:
    if text in DAY_NAMES:
        return DAY_NAMES.index(text)
    return int(text) % 7 if text.isdigit() else None


def _on_weekday(number: int) -> str:
    return (
        _("on Sundays at %(time)s"),
        _("on Mondays at %(time)s"),
        _("on Tuesdays at %(time)s"),
        _("on Wednesdays at %(time)s"),
        _("on Thursdays at %(time)s"),
        _("on Fridays at %(time)s"),
        _("on Saturdays at %(time)s"),
    )[number]
