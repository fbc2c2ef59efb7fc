"""The page of a group, its end and its repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from samovar.access import name_of, owner_of
from samovar.exceptions import InvalidParams
from samovar.models import RunState, Source
from samovar.paging import page_of
from samovar.runtime.groups import again_failed, cancel_group
from samovar.web.lookup import group_or_404, job_or_404
from samovar.web.page import page
from samovar.web.rendering import render, see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SIZE = 50
NAMED = 10
"""Failed runs that are named above the list."""


@require_safe
@page
def group(request: HttpRequest, group_id: str) -> HttpResponse:
    """Show the group's bar, its failures, and a page of its runs: `?state=`, `?cursor=`."""
    found = group_or_404(request, group_id)
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor")
    try:
        listed = page_of(
            found.runs.filter(state=state) if state else found.runs, cursor=cursor, size=SIZE
        )
    except ValueError:
        raise Http404(_("This list does not go on here.")) from None
    context = {"group": found, "tally": found.tally(), "state": state, "cursor": cursor}
    context |= {"runs": listed.runs, "next": listed.cursor, "states": RunState.choices}
    context["failed"] = found.runs.filter(state=RunState.FAILED).newest_first()[:NAMED]
    return render(request, "group.html", context)


@page
@require_POST
def group_cancellation(request: HttpRequest, group_id: str) -> HttpResponse:
    """Ask for the end of all runs of the group and show its page."""
    found = group_or_404(request, group_id)
    cancel_group(found, by=name_of(request))
    return see_other(found.url)


@page
@require_POST
def group_again(request: HttpRequest, group_id: str) -> HttpResponse:
    """Submit a new group of what did not succeed, and show its page."""
    found = group_or_404(request, group_id)
    job_or_404(request, found.job)
    try:
        return see_other(again_failed(found, owner=owner_of(request), source=Source.WEB).url)
    except InvalidParams as error:
        message = _("The job has changed and does not take this input any more: {why}").format(
            why=error
        )
        return render(request, "409.html", {"message": message, "back": found.url}, status=409)
