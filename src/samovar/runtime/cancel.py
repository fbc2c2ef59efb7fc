"""Cancel: end a run that has not begun, or ask the attempt that lives to stop."""

from __future__ import annotations

import datetime as dt
from functools import partial

from samovar import clock, transactions
from samovar.models import Run, RunState, Source
from samovar.runtime import admission, tally
from samovar.runtime.ends import after_end

BY_CHARACTERS = 150
"""What is kept of who asked."""


def cancel(run: Run, *, by: str = "") -> bool:
    """Cancel `run`; answer False when it had ended, or is an observed task, which is not ours.

    A scheduled or queued run is cancelled at once. A running one becomes `cancelling`: it is
    `cancelled` when nothing of its attempt is left. Asking twice is as good as asking once. `by`
    says who asks; the first who did stands with the run.
    """
    if run.source == Source.OBSERVED:
        return False
    now = clock.now()
    with transactions.write():
        # Between two tries the run may be claimed, or given back to its queue.
        by = by[:BY_CHARACTERS]
        while not (_drop(run, now, by) or run.request_cancel(now=now, by=by)):
            run.refresh_from_db()
            if run.is_final or run.state == RunState.CANCELLING:
                return not run.is_final
        run.refresh_from_db()
        # What an attempt holds its worker tells. See Note [One teller] in events.py.
        if run.is_final:
            tally.tell(run, RunState(run.state))
            transactions.after_commit(partial(_make_room, run.job, run.limit_key))
    return True


def _drop(run: Run, now: dt.datetime, by: str) -> bool:
    """Cancel a run that has not begun, and what waits for its success."""
    if not run.cancel(now=now, by=by):
        return False
    after_end(run.refresh(), RunState.CANCELLED)
    return True


def _make_room(job_name: str, limit_key: str | None) -> None:
    if limit_key is not None:
        with transactions.write():
            admission.admit_next(job_name, limit_key)
