"""The list of runs, filtered by GET parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from samovar.access import user_of, visible_to
from samovar.jobs import registry
from samovar.models import RunState
from samovar.paging import page_of
from samovar.web.page import page
from samovar.web.rendering import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SIZE = 50


@require_safe
@page
def runs(request: HttpRequest) -> HttpResponse:
    """Show a page of runs, newest first: `?state=`, `?job=`, `?cursor=`."""
    chosen = {name: request.GET.get(name, "") for name in ("state", "job")}
    cursor = request.GET.get("cursor")
    found = visible_to(user_of(request)).filter(
        **{name: one for name, one in chosen.items() if one}
    )
    try:
        listed, following = page_of(found, cursor=cursor, size=SIZE)
    except ValueError:
        raise Http404(_("This list does not go on here.")) from None
    context = {**chosen, "runs": listed, "cursor": cursor, "next": following}
    return render(
        request, "runs.html", {**context, "states": RunState.choices, "jobs": registry.all()}
    )
