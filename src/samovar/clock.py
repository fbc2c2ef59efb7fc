"""The time of day for what people see; leases compare with the database's clock instead."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Return this instant, aware, in UTC, with microseconds."""
    return dt.datetime.now(tz=dt.UTC)


def from_timestamp(seconds: float) -> dt.datetime:
    """Return the instant that lies `seconds` after the epoch, aware, in UTC."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def rfc3339(at: dt.datetime | None) -> str | None:
    """Return `at` as RFC 3339 in UTC with microseconds ("2026-01-31T12:00:00.000000Z"), or None
    for None.
    """
    if at is None:
        return None
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
