"""Durations and the time left, in words; progress.js is given the same patterns."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

MINUTE = 60
HOUR = 60 * MINUTE
NO_BREAK = "\u00a0"


def left_patterns() -> dict[str, str]:
    """Return the patterns of `time_left` by unit, with {n} (and {m}: minutes) to be filled in."""
    return {
        "seconds": _("about {n} s left"),
        "minutes": _("about {n} min left"),
        "hours": _("about {n} h {m} min left"),
    }


def time_left(seconds: float | None) -> str:
    """Return how long it will take, as an estimate ("about 2 min left"); "" when unknown."""
    if seconds is None:
        return ""
    patterns = left_patterns()
    if seconds < MINUTE:
        return patterns["seconds"].format(n=max(1, math.ceil(seconds)))
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return patterns["minutes"].format(n=minutes)
    return patterns["hours"].format(n=minutes // 60, m=minutes % 60)


def duration(seconds: float | None) -> str:
    """Return how long it took ("40 ms", "1.4 s", "3 min 5 s", "2 h 10 min"); "" when unknown."""
    return "" if seconds is None else _spelled(seconds).replace(" ", NO_BREAK)


def _spelled(seconds: float) -> str:
    if seconds < 1:
        return _("{n} ms").format(n=round(seconds * 1000))
    if seconds < 10:  # noqa: PLR2004 - tenths matter only below ten seconds
        return _("{n} s").format(n=round(seconds, 1))
    if seconds < MINUTE:
        return _("{n} s").format(n=round(seconds))
    if seconds < HOUR:
        return _("{m} min {n} s").format(m=int(seconds // MINUTE), n=int(seconds % MINUTE))
    return _("{h} h {m} min").format(h=int(seconds // HOUR), m=int(seconds % HOUR // MINUTE))
