"""What programs see of the ledger: the objects of the REST interface, of the live events and of
`--json`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from samovar import clock
from samovar.models import HELD, Artifact, Attempt, Group, Run, RunState
from samovar.models.ladder import Taken, ladder_of
from samovar.models.log import NumberedLine


def snapshot(run: Run) -> dict[str, Any]:
    """Return the run as an object that JSON can hold."""
    return {
        "id": str(run.id),
        "job": run.job,
        "state": run.state,
        "params": run.params,
        "progress": progress(run),
        "result": run.result,
        "error": run.error,
        "attempt": run.attempt,
        "max_attempts": run.max_attempts,
        "queue": run.queue,
        "owner": None if run.owner_id is None else str(run.owner_id),
        "created_at": clock.rfc3339(run.created_at),
        "started_at": clock.rfc3339(run.started_at),
        "finished_at": clock.rfc3339(run.finished_at),
        "cancellation": cancellation(run),
        "url": run.url,
    }


def cancellation(run: Run) -> dict[str, Any] | None:
    """Return who asked for the run's end, and the steps taken since; None when nobody has."""
    steps = ladder(ladder_of(run))
    return {"by": run.cancelled_by or None, "ladder": steps} if steps else None


def ladder(taken: Iterable[Taken]) -> list[dict[str, Any]]:
    """Return the steps of a cancel with their times."""
    return [{"step": step.value, "at": clock.rfc3339(at)} for step, at in taken]


def group(group: Group) -> dict[str, Any]:
    """Return a group with the counts of its runs."""
    tally = group.tally()
    return {
        "id": str(group.id),
        "job": group.job,
        "state": str(tally.state),
        "size": tally.size,
        "counts": {str(state): tally.counts.get(state, 0) for state in RunState},
        "progress": {
            "done": tally.done,
            "total": tally.size,
            "percent": round(tally.percent, 2),
        },
        "owner": None if group.owner_id is None else str(group.owner_id),
        "created_at": clock.rfc3339(group.created_at),
        "finished_at": clock.rfc3339(group.finished_at),
        "url": group.url,
    }


def progress(run: Run) -> dict[str, Any]:
    """Return how far the run is; members are None until known, `eta_seconds` also once it has
    ended.
    """
    return {
        "done": _number(run.progress_done),
        "total": _number(run.progress_total),
        "percent": None if run.progress_percent is None else round(run.progress_percent, 2),
        "text": run.progress_text or None,
        "eta_seconds": eta_seconds(run),
    }


def eta_seconds(run: Run) -> float | None:
    """Return the time left, reckoned from the pace of this attempt; None while it cannot be
    known.
    """
    if run.state not in HELD or not run.progress_percent or run.attempt_started_at is None:
        return None
    elapsed = (clock.now() - run.attempt_started_at).total_seconds()
    return round(max(0.0, elapsed * (100 - run.progress_percent) / run.progress_percent), 1)


def line(numbered: NumberedLine) -> dict[str, Any]:
    """Return a line of the log."""
    return {
        "n": numbered.n,
        "at": clock.rfc3339(clock.from_timestamp(numbered.at)),
        "attempt": numbered.attempt,
        "level": numbered.level,
        "stream": numbered.stream,
        "text": numbered.text,
    }


def attempt(row: Attempt) -> dict[str, Any]:
    """Return an attempt."""
    return {
        "number": row.number,
        "state": row.state,
        "worker": row.worker,
        "host": row.host,
        "pid": row.pid,
        "reason": row.reason or None,
        "started_at": clock.rfc3339(row.started_at),
        "finished_at": clock.rfc3339(row.finished_at),
        "ladder": ladder(row.ladder),
    }


def artifact(row: Artifact) -> dict[str, Any]:
    """Return a file that a run produced."""
    return {
        "name": row.name,
        "url": row.url,
        "size": row.size,
        "sha256": row.sha256,
        "media_type": row.media_type,
        "attempt": row.attempt,
        "created_at": clock.rfc3339(row.created_at),
        "expired_at": clock.rfc3339(row.expired_at),
    }


def _number(value: float | None) -> float | int | None:
    """Return a whole number without its fraction."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value
