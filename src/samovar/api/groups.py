"""Groups of runs: many asked for at once, followed as one."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from samovar import access, paging
from samovar.api import guard
from samovar.api.answers import PROBLEMS
from samovar.api.problems import Problem
from samovar.api.runs import LARGEST_PAGE, PAGE
from samovar.api.shapes import GroupShape, RunPageShape
from samovar.models import Group, RunState, Source
from samovar.runtime import groups
from samovar.runtime.snapshot import group as group_snapshot
from samovar.runtime.snapshot import snapshot

router = Router(tags=["groups"])


@router.get("groups/{group_id}", response={200: GroupShape, **PROBLEMS})
def show_group(request: HttpRequest, group_id: str) -> dict[str, Any]:
    """Return one group: its state, and how many of its runs stand in each state."""
    return group_snapshot(guard.find_group(request, group_id))


@router.get("groups/{group_id}/runs", response={200: RunPageShape, **PROBLEMS})
def list_group_runs(
    request: HttpRequest,
    group_id: str,
    state: RunState | None = None,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
) -> dict[str, Any]:
    """Return the runs of a group, newest first, a page at a time."""
    runs = guard.find_group(request, group_id).runs
    try:
        page = paging.page_of(
            runs.filter(state=state) if state else runs, cursor=cursor, size=limit
        )
    except ValueError as error:
        words = _("This cursor is none of ours; take `next` of the page before.")
        raise Problem(422, words, [("cursor", words)]) from error
    return {"items": [snapshot(run) for run in page.runs], "next": page.cursor}


@router.post("groups/{group_id}/cancellation", response={202: GroupShape, **PROBLEMS})
def cancel_group(request: HttpRequest, group_id: str) -> Any:
    """Ask for the end of all runs of the group. 409: all had ended already."""
    group = guard.find_group(request, group_id)
    if not groups.cancel_group(group, by=access.name_of(request)):
        raise Problem(409, _("All runs of the group have ended already."))
    return Status(202, group_snapshot(group.refresh()))


@router.post("groups/{group_id}/again", response={202: GroupShape, **PROBLEMS})
def group_again(request: HttpRequest, response: HttpResponse, group_id: str) -> Any:
    """Submit a new group of the runs that did not succeed."""
    group = guard.find_group(request, group_id)
    guard.startable_job(request, group.job)
    owner = access.owner_of(request)
    return _accepted(request, response, groups.again_failed(group, owner=owner, source=Source.API))


def _accepted(request: HttpRequest, response: HttpResponse, group: Group) -> Any:
    assert request.resolver_match is not None  # Django has resolved what a view serves  # noqa: S101
    name = f"{request.resolver_match.namespace}:show_group"
    response["Location"] = reverse(name, args=[group.pk])
    return Status(202, group_snapshot(group))
