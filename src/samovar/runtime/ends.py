"""What the end of a run means for others: the runs that follow it, and its group."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from samovar import clock, transactions
from samovar.models import Group, Run, RunState
from samovar.runtime import publisher, tally
from samovar.runtime.publisher import Hint


def after_end(run: Run, state: RunState, result: Any = None) -> None:
    """Let followers begin or drop them, and look after the group; called in the transaction that
    has written the end of `run`.
    """
    if run.is_followed:
        if state == RunState.SUCCEEDED:
            begin_followers(run.pk, result)
        else:
            _drop_followers(run.pk)
    if run.group_id is not None:
        look_after(run.group_id)


def begin_followers(run_id: uuid.UUID, result: Any) -> None:
    """Queue the runs that have waited for this one, each with its result."""
    for follower in _waiting_for(run_id):
        taken = {follower.takes: result} if follower.takes else {}
        if follower.enqueue(params=follower.params | taken):
            hint = Hint(follower.pk, follower.job, follower.queue)
            transactions.after_commit(partial(publisher.offer, hint))
            tally.tell(follower, RunState.QUEUED)


def look_after(group_id: uuid.UUID) -> None:
    """Mark the group as finished if this was its last run, after the commit: then whoever of the
    last ones comes last sees all the others' ends.
    """

    def look() -> None:
        finish(group_id)

    transactions.after_commit(look)


def finish(group_id: uuid.UUID) -> bool:
    """Mark the group as finished if none of its runs goes on; answer whether this call did."""
    over = Group.objects.over().filter(pk=group_id)
    if not over.exists():
        return False
    with transactions.write():
        return bool(over.update(finished_at=clock.now()))


def _drop_followers(run_id: uuid.UUID) -> None:
    """Cancel the runs that have waited for this one, and those that wait for them."""
    left = [run_id]
    while left:
        now = clock.now()
        dropped = [each for each in _waiting_for(left.pop()) if each.cancel(now=now)]
        for follower in dropped:
            tally.tell(follower, RunState.CANCELLED)
        left += [each.pk for each in dropped]


def _waiting_for(run_id: uuid.UUID) -> list[Run]:
    return list(Run.objects.filter(follows=run_id, state=RunState.SCHEDULED))
