"""Jobs that start by themselves: the schedule stands above the job."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from reports import charts, counts, table
from samovar import artifact, job, schedule

COLUMNS = ("time", "total", "active", "new")


@schedule(every=dt.timedelta(minutes=5))
@job(timeout=60)
def count_users() -> dict[str, int]:
    """Count the users and add a line to the report.

    Each line of `reports/users.csv` in the data folder has the minute, and how many users there
    are, signed in and joined in the last 24 hours. A minute stands there once.
    """
    now = timezone.now()
    users = asdict(counts.count_users(now))
    path = Path(settings.SAMOVAR["DATA"], "reports", "users.csv")
    row = (f"{now:%Y-%m-%dT%H:%MZ}", *users.values())
    if table.append(path, COLUMNS, row):
        print(f"{path}: {','.join(map(str, row))}")
    else:
        print(f"{path}: this minute is there already.")
    artifact("users.csv", path)
    artifact("last-day.png", charts.last_day(path, now))
    return users
