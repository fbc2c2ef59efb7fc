"""Followers: runs that wait for another's end, or for that of a whole group.

A follower stands in the ledger from the beginning, `scheduled` without a time. The transaction
that writes the end that it waits for queues it with the result, or cancels it (see ends.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar import transactions
from samovar.exceptions import NothingFollows, UnsupportedOption
from samovar.models import Group, Run, RunState
from samovar.runtime.ends import begin_followers
from samovar.runtime.submit import submit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.jobs.job import Job


def then(run: Run, job: Job[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Run:
    """Write a run of `job` that begins when `run` has succeeded, and return it.

    It takes the result of `run` as its first argument (a job without parameters takes none).
    Joins the caller's transaction. Raises InvalidParams, UnsupportedOption for a job whose keys
    depend on the result, and NothingFollows when `run` has ended otherwise.
    """
    with transactions.write():
        follower = follow(run, job, args, kwargs, owner=run.owner, source=run.source)
        if not run.refresh().is_final:
            return follower
        if run.state != RunState.SUCCEEDED:
            raise NothingFollows(
                _("The run {id} has ended as {state}: no run follows it.").format(
                    id=run.pk, state=RunState(run.state).label
                )
            )
        begin_followers(run.pk, run.result)
    return follower.refresh()


def follow(
    anchor: Run | Group,
    job: Job[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    takes_result: bool = True,
    on_failure: bool = False,
    **columns: Any,
) -> Run:
    """Write a run of `job` that waits for `anchor`: for its success, or `on_failure` for its
    failure (then it takes the failed run's id). Requires a transaction.
    """
    takes, params = _bound(job, args, kwargs) if takes_result else ("", _whole(job, args, kwargs))
    _refuse_unknown_keys(job, params)
    if isinstance(anchor, Group):
        return submit(job, params, follows_group=anchor, takes=takes, **columns)
    # The row is ours until the commit: its end cannot be written without seeing the follower.
    Run.objects.active().filter(pk=anchor.pk).update(is_followed=True)
    return submit(job, params, follows=anchor, takes=takes, follows_failure=on_failure, **columns)


def _refuse_unknown_keys(job: Job[..., Any], params: dict[str, Any]) -> None:
    """Raise UnsupportedOption for a job whose keys cannot be told before the result is there."""
    try:
        job.limits.key_of(params)
        is_known = job.unique is None
    except KeyError:
        is_known = False
    if not is_known:
        raise UnsupportedOption(
            f"The job {job.name!r} is unique, or its concurrency has a key that the result "
            "decides: that is not known yet, so it cannot follow another run."
        )


def _bound(
    job: Job[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the parameter that takes the result, and the params of the others."""
    placed = [each.name for each in job.signature.parameters if each.is_positional]
    if not placed:
        return "", _whole(job, args, kwargs)
    given = job.signature.bind((None, *args), kwargs)
    return placed[0], job.signature.validate_without(placed[0], given)


def _whole(job: Job[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return job.signature.validate(job.signature.bind(args, kwargs))
