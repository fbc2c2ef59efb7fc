"""Celery's canvas over jobs: chain, group, chord, link and link_error become rows of the ledger.

All of a canvas is written when it is submitted: what comes later are followers, which wait for the
run, or for the group, before them. So its ids are known and its runs are seen from the beginning,
and no process has to live on for it to go on.

A plain task cannot come behind a job, because it has no row that could wait; it may come before
one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from celery import canvas
from celery.utils.functional import maybe_list

from samovar import transactions
from samovar.engine.celery.options import QUEUE_PREFIX
from samovar.exceptions import UnknownJob, UnsupportedOption
from samovar.jobs import registry
from samovar.jobs.job import Job
from samovar.models import Group, Run
from samovar.runtime.followers import follow

_REFUSED = frozenset({"countdown", "eta", "expires", "time_limit", "soft_time_limit"})


def group_of(given: Mapping[str, Any]) -> Group | None:
    """Return the group of a chord's header that a call belongs to, if it does."""
    if not given.get("chord"):
        return None
    group = _find(given.get("group_id"))
    if group is None:
        raise UnsupportedOption("This chord's header is not known; nothing was submitted.")
    return group


def attach(run: Run | Group, given: Mapping[str, Any], app: Any) -> None:
    """Write all that comes behind `run`. Requires a transaction."""
    for sig in maybe_list(given.get("link")) or ():
        place(run, sig, app)
    for sig in maybe_list(given.get("link_error")) or ():
        place(run, sig, app, on_failure=True)
    last: Run | Group = run
    # Celery takes the next one from the end.
    for sig in reversed(given.get("chain") or ()):
        last = place(last, sig, app)


def place(
    anchor: Run | Group,
    sig: Any,
    app: Any,
    *,
    group: Group | None = None,
    on_failure: bool = False,
) -> Run | Group:
    """Write what a signature stands for behind `anchor`; return what the next has to wait for."""
    sig = canvas.maybe_signature(sig, app=app)
    if isinstance(sig, canvas._chain):  # noqa: SLF001 - the class of every chain
        for part in sig.tasks[:-1]:
            anchor = place(anchor, part, app)
        return place(anchor, sig.tasks[-1], app, group=group)
    if isinstance(sig, canvas.chord):
        return place(_members(anchor, sig.tasks, app), sig.body, app, group=group)
    if isinstance(sig, canvas.group):
        return _members(anchor, sig.tasks, app)
    options = sig.options
    run = follow(
        anchor,
        _job(sig.task),
        sig.args,
        sig.kwargs,
        takes_result=not sig.immutable,
        on_failure=on_failure,
        group=group or group_of(options),
        **_columns(options),
    )
    attach(run, options, app)
    return run


def open_chord(results: Iterable[Any], group_id: str, body: Any, app: Any) -> bool:
    """Write the group of a chord's header, and the body behind it; False when the header is none
    of ours: it has plain tasks alone.
    """
    parts = list(results)
    # JobTask says so of its own.
    names = [getattr(part, "job_name", None) for part in parts]
    if not any(names):
        return False
    if not all(names):
        raise UnsupportedOption(
            "A chord over jobs cannot have plain tasks or groups in its header; nothing was "
            "submitted. Declare the tasks with @job."
        )
    with transactions.write():
        group = Group.objects.create(
            id=uuid.UUID(group_id),
            job=names[0] or "",
            size=len(names),
            parts=[part.id for part in parts],
        )
        place(group, body, app)
    return True


def knows(group_id: str) -> bool:
    """Return whether the group is a chord's header of ours."""
    return _find(group_id) is not None


def _find(group_id: Any) -> Group | None:
    """Return the group of this id, if there is one."""
    pk = _as_id(group_id)
    return Group.objects.filter(pk=pk).first() if pk else None


def _as_id(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _members(anchor: Run | Group, tasks: Any, app: Any) -> Group:
    """Write a group whose members all wait for `anchor`."""
    # A chord's header may be a group itself.
    members = [canvas.maybe_signature(task, app=app) for task in getattr(tasks, "tasks", tasks)]
    group = Group.objects.create(job=_first_name(members), size=len(members))
    runs = [place(anchor, member, app, group=group) for member in members]
    if any(isinstance(run, Group) for run in runs):
        raise UnsupportedOption("A group inside a group cannot follow a job. Make it one group.")
    group.parts = [str(run.pk) for run in runs]
    group.save(update_fields=["parts"])
    return group


def _first_name(members: Sequence[Any]) -> str:
    if not members:
        raise UnsupportedOption("An empty group cannot follow a job.")
    first = members[0]
    while isinstance(first, canvas._chain):  # noqa: SLF001 - as above
        first = canvas.maybe_signature(first.tasks[-1])
    return str(first.body.task if isinstance(first, canvas.chord) else first.task)


def _job(name: str) -> Job[..., Any]:
    try:
        return registry.get(name)
    except UnknownJob:
        raise UnsupportedOption(
            f"The plain task {name!r} cannot follow a job; nothing was submitted. Declare it with "
            "@job."
        ) from None


def _columns(options: Mapping[str, Any]) -> dict[str, Any]:
    if refused := sorted(name for name in _REFUSED if options.get(name) is not None):
        raise UnsupportedOption(
            f"Samovar cannot honour the Celery option {refused[0]!r} of what follows a job; "
            "nothing was submitted."
        )
    queue = options.get("queue")
    return {
        "id": _as_id(options.get("task_id")),
        "queue": None if queue is None else str(queue).removeprefix(QUEUE_PREFIX),
        "priority": options.get("priority"),
    }
