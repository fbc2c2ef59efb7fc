"""A file that a run was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from samovar.web.downloads import download
from samovar.web.lookup import run_or_404
from samovar.web.page import page

if TYPE_CHECKING:
    from django.http import HttpRequest, StreamingHttpResponse


@require_safe
@page
def upload(request: HttpRequest, run_id: str, name: str) -> StreamingHttpResponse:
    """Send the file that is the run's param `name`, to be saved."""
    run = run_or_404(request, run_id)
    use = run.uploads.select_related("upload").filter(name=name).first()
    if use is None:
        raise Http404(_("This run has no file named {name}.").format(name=name))
    return download(request, use.upload, run.params[name]["name"])
