"""What the end of a run means for others: the runs that follow it, and its group."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any

from samovar import clock, transactions
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
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
            drop_followers(run.pk, is_failure=state == RunState.FAILED)
    if run.group_id is not None:
        look_after(run.group_id)


def begin_followers(run_id: uuid.UUID, result: Any) -> None:
    """Queue the runs that have waited for this one's success, each with its result."""
    for follower in _waiting(follows=run_id):
        if follower.follows_failure:
            _drop(follower)
        else:
            _begin(follower, result)


def drop_followers(run_id: uuid.UUID, *, is_failure: bool) -> None:
    """Cancel the runs that have waited for this one's success, and queue those that have waited
    for its failure, with its id.
    """
    for follower in _waiting(follows=run_id):
        if follower.follows_failure and is_failure:
            _begin(follower, str(run_id))
        else:
            _drop(follower)


def look_after(group_id: uuid.UUID) -> None:
    """Mark the group as finished if this was its last run, after the commit: then whoever of the
    last ones comes last sees all the others' ends.
    """

    def look() -> None:
        finish(group_id)

    transactions.after_commit(look)


def finish(group_id: uuid.UUID) -> bool:
    """Mark the group as finished, and let its followers begin or drop them, if none of its runs
    goes on; answer whether this call did.
    """
    over = Group.objects.over().filter(pk=group_id)
    if not over.exists():
        return False
    with transactions.write():
        if not over.update(finished_at=clock.now()):
            return False
        if followers := _waiting(follows_group=group_id):
            _settle_followers(Group.objects.get(pk=group_id), followers)
    return True


def _settle_followers(group: Group, followers: list[Run]) -> None:
    state = group.tally().state
    for follower in followers:
        if state == RunState.SUCCEEDED:
            _begin(follower, group.results())
        else:
            # As of a run that has failed itself: what follows its failure is told.
            _drop(follower, is_failure=state == RunState.FAILED)


def _begin(follower: Run, value: Any) -> None:
    taken = {follower.takes: value} if follower.takes else {}
    if follower.enqueue(params=follower.params | taken, expires_at=_deadline(follower.job)):
        hint = Hint(follower.pk, follower.job, follower.queue)
        transactions.after_commit(partial(publisher.offer, hint))
        tally.tell(follower, RunState.QUEUED)


def _deadline(job_name: str) -> dt.datetime | None:
    """Return until when a run that may begin now must begin; None for any time."""
    try:
        seconds = registry.get(job_name).expires
    except UnknownJob:
        return None
    return None if seconds is None else clock.now() + dt.timedelta(seconds=seconds)


def _drop(run: Run, *, is_failure: bool = False) -> None:
    """Cancel a run that has waited, and those that wait for it."""
    left = [run]
    while left:
        dropped = left.pop()
        if not dropped.cancel(now=clock.now()):
            continue
        tally.tell(dropped, RunState.CANCELLED)
        if dropped.group_id is not None:
            look_after(dropped.group_id)
        for follower in _waiting(follows=dropped.pk):
            if is_failure and dropped is run and follower.follows_failure:
                _begin(follower, str(dropped.pk))
            else:
                left.append(follower)


def _waiting(**anchor: uuid.UUID) -> list[Run]:
    return list(Run.objects.filter(**anchor, state=RunState.SCHEDULED))
