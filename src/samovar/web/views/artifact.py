"""A file that a run produced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from samovar.web.downloads import download
from samovar.web.lookup import run_or_404
from samovar.web.page import page
from samovar.web.previews import PICTURES
from samovar.web.rendering import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from samovar.models import Artifact


@require_safe
@page
def artifact(request: HttpRequest, run_id: str, name: str) -> HttpResponseBase:
    """Send the file to be saved; a picture, with `?show`, to be shown in a page."""
    row = run_or_404(request, run_id).artifacts.filter(name=name).first()
    if row is None:
        raise Http404(_("This run has no file named {name}.").format(name=name))
    if row.expired_at is not None:
        return _expired(request, row)
    shown = "show" in request.GET and row.media_type in PICTURES
    return download(request, row, row.name, row.media_type if shown else "")


def _expired(request: HttpRequest, row: Artifact) -> HttpResponse:
    at = date_format(timezone.localtime(row.expired_at))
    words = _("The file {name} was removed on {date}, because it was old.")
    context = {"message": words.format(name=row.name, date=at), "back": row.run.url}
    return render(request, "410.html", context, status=410)
