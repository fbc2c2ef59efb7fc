"""Pictures of the report.

matplotlib is imported where it draws, in the process of a run: the site's own stays small.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

DAY = dt.timedelta(days=1)


class Point(NamedTuple):
    """A line of the report of users."""

    time: dt.datetime
    total: int
    active: int
    new: int


def read(path: Path, since: dt.datetime) -> list[Point]:
    """Return the report's lines that are newer than `since`."""
    with path.open(newline="") as file:
        points = [_point(row) for row in csv.DictReader(file)]
    return [point for point in points if point.time > since]


def last_day(path: Path, now: dt.datetime) -> bytes:
    """Draw the users of the last 24 hours, and return the PNG: 900 by 400 pixels.

    Words are in the site's language, times in the site's zone.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _draw(read(path, now - DAY), now)


def _draw(points: Sequence[Point], now: dt.datetime) -> bytes:
    from matplotlib.dates import DateFormatter
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    zone = timezone.get_current_timezone()
    figure = Figure(figsize=(9, 4), dpi=100, layout="constrained")
    axes: Any = figure.add_subplot()  # its types know no dates
    times = [point.time for point in points]
    for name, label in _labels().items():
        values = [getattr(point, name) for point in points]
        axes.plot(times, values, label=label, marker=".", linewidth=2)
    axes.set_title(_("Users in the last 24 hours"))
    axes.set_xlabel(_("Time ({zone})").format(zone=zone))
    axes.set_ylabel(_("Users"))
    axes.set_xlim(now - DAY, now)
    axes.set_ylim(bottom=0)
    hours = DateFormatter("%H:%M", tz=zone)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(hours)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _labels() -> dict[str, str]:
    """Return what each column is, in words."""
    return {
        "total": _("all users"),
        "active": _("active: signed in within a day"),
        "new": _("new: joined within a day"),
    }


def _point(row: dict[str, str]) -> Point:
    time = dt.datetime.strptime(row["time"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=dt.UTC)
    return Point(time, int(row["total"]), int(row["active"]), int(row["new"]))
