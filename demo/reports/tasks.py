"""Jobs that start by themselves: the schedule stands above the job."""

from __future__ import annotations

import datetime as dt
import smtplib
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from reports import charts, counts, pdf, post, table
from reports.activity import Period
from samovar import Retry, artifact, job, schedule, track

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


@schedule(cron="0 9 * * 1", catch_up="last")
@job(
    retry=Retry(attempts=5, backoff=5.0, on=(smtplib.SMTPException, OSError)),
    timeout=300,
    permission="auth.view_user",
)
def activity_digest(first: dt.date | None = None, last: dt.date | None = None) -> str:
    """Write what happened in a period as a PDF, and mail it to the staff.

    A page each for the runs, the users and the chat's messages; the file stands with the run.
    Nothing given, it is of the last seven days, up to yesterday.

    Args:
        first: The first day of the period; when it is left out, six days before the last.
        last: The last day of the period; when it is left out, yesterday.
    """
    period = Period.of(first, last, timezone.localdate())
    paper = pdf.new_paper()
    for write in track(list(pdf.pages(period)), text="pages"):
        write(paper)
    content = pdf.finish(paper)
    artifact("digest.pdf", content)
    told = post.send_to_staff(content, period)
    print(f"Mailed to {', '.join(told)}." if told else "Nobody of the staff has an address.")
    return f"{period.first} — {period.last}"
