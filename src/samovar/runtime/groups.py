"""Groups: many runs asked for, followed, cancelled and repeated as one."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.exceptions import InvalidParams, UnsupportedOption
from samovar.jobs import registry
from samovar.models import FINAL, WAITING, Group, Run, RunState, Source
from samovar.runtime import tally
from samovar.runtime.cancel import BY_CHARACTERS, cancel
from samovar.runtime.ends import after_end, finish
from samovar.runtime.submit import submit_many

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from samovar.jobs.job import Job

CHUNK = 500
"""Runs that are cancelled in one transaction, so that nobody waits long behind it."""
NAMED_FAULTS = 20
"""How many faults in the params are told."""


def submit_group(
    job: Job[..., Any],
    params: Iterable[Mapping[str, Any]],
    *,
    owner: AbstractBaseUser | None = None,
    source: str = Source.CODE,
    again_of: Group | None = None,
) -> Group:
    """Write a group with a run of `job` for each of `params`, all or none; joins the caller's
    transaction.

    Raises InvalidParams, which names the place of each fault; UnsupportedOption for a `unique`
    job, whose runs may be others' already.
    """
    if job.unique is not None:
        raise UnsupportedOption(
            f"The job {job.name!r} is unique: its runs cannot be a group. Submit them one by one."
        )
    stored = _validated(job, params)
    holder: Any = owner
    group = Group(job=job.name, owner=holder, size=len(stored), again_of=again_of)
    if not stored:
        group.finished_at = group.created_at
    with transactions.write():
        group.save(force_insert=True)
        submit_many(job, stored, owner=owner, source=source, group=group)
    return group


def cancel_group(group: Group, *, by: str = "") -> bool:
    """Cancel all runs of the group; answer False when all had ended.

    Those that wait are cancelled before those that run, so that none takes a slot that is freed.
    """
    found = _cancel_waiting(group, by[:BY_CHARACTERS])
    for run in group.runs.exclude(state__in=FINAL):
        found |= cancel(run, by=by)
    finish(group.pk)
    return found


def _cancel_waiting(group: Group, by: str) -> bool:
    """Cancel what has not begun, the last first: the workers take the first meanwhile."""
    waiting = group.runs.filter(state__in=WAITING).order_by("-created_at", "-id")
    found = False
    for ids in _chunks(waiting.values_list("pk", flat=True).iterator(CHUNK)):
        with transactions.write():
            found |= Run.cancel_many(ids, now=clock.now(), by=by) > 0
            for run in Run.objects.filter(pk__in=ids, state=RunState.CANCELLED):
                tally.tell(run, RunState.CANCELLED)
                if run.is_followed:
                    after_end(run, RunState.CANCELLED)
    return found


def again_failed(
    group: Group, *, owner: AbstractBaseUser | None = None, source: str = Source.CODE
) -> Group:
    """Submit a new group with the params of each run that did not succeed.

    Raises UnknownJob when the job is gone, InvalidParams when its signature takes them no more.
    """
    job = registry.get(group.job)
    failed = group.runs.filter(state__in=(RunState.FAILED, RunState.CANCELLED))
    params = list(failed.order_by("created_at", "id").values_list("params", flat=True))
    for each in params:
        job.signature.load(each)
    return submit_group(job, params, owner=owner, source=source, again_of=group)


def _validated(job: Job[..., Any], params: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    stored, faults = [], []
    for number, each in enumerate(params):
        try:
            stored.append(job.signature.validate(each))
        except InvalidParams as error:
            faults += [(f"{number}.{field}".rstrip("."), text) for field, text in error.errors]
    if len(faults) > NAMED_FAULTS:
        more = _("and {count} more").format(count=len(faults) - NAMED_FAULTS)
        faults = [*faults[:NAMED_FAULTS], ("", more)]
    if faults:
        raise InvalidParams(faults)
    return stored


def _chunks(ids: Iterator[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    while chunk := list(itertools.islice(ids, CHUNK)):
        yield chunk
