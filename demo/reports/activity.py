"""What happened on the site in a period, day by day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Message
from samovar.models import Run

Days = dict[dt.date, int]

LONGEST = dt.timedelta(days=365)
"""From the first day to the last of a period."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the site's zone, both ends included."""

    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, first: dt.date | None, last: dt.date | None, today: dt.date) -> Period:
        """Return the period from `first` to `last`; by default seven days that end with yesterday.

        Raises ValueError when it ends before it begins, or is longer than a year.
        """
        last = last or today - dt.timedelta(days=1)
        first = first or last - dt.timedelta(days=6)
        if not dt.timedelta(0) <= last - first <= LONGEST:
            message = _("From {first} to {last}: give a period of 1 to 366 days, in order.")
            raise ValueError(message.format(first=first, last=last))
        return cls(first, last)

    @property
    def days(self) -> list[dt.date]:
        """Each day."""
        return [self.first + dt.timedelta(n) for n in range((self.last - self.first).days + 1)]

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment, and the first one after it."""
        return _midnight(self.first), _midnight(self.last + dt.timedelta(days=1))


def runs(period: Period) -> Counter[tuple[str, str]]:
    """Count the runs that were submitted, by job and state."""
    start, end = period.bounds
    rows = Run.objects.filter(created_at__gte=start, created_at__lt=end)
    return Counter(rows.values_list("job", "state"))


def users(period: Period) -> Days:
    """Count the users that there were at the end of each day."""
    start, end = period.bounds
    people = get_user_model().objects
    joined = people.filter(date_joined__gte=start, date_joined__lt=end)
    per_day = _per_day(period, joined.values_list("date_joined", flat=True))
    count = people.filter(date_joined__lt=start).count()
    return {day: (count := count + new) for day, new in per_day.items()}


def messages(period: Period) -> Days:
    """Count the chat's messages of each day."""
    start, end = period.bounds
    written = Message.objects.filter(created_at__gte=start, created_at__lt=end)
    return _per_day(period, written.values_list("created_at", flat=True))


def _per_day(period: Period, times: Iterable[dt.datetime]) -> Days:
    found = Counter(timezone.localtime(time).date() for time in times)
    return {day: found[day] for day in period.days}


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
