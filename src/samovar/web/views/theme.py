"""The switch of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from samovar import theme as themes
from samovar.web.page import page
from samovar.web.rendering import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme and go back to the page (`next`)."""
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}):
        following = reverse("samovar:home")
    response = see_other(following)
    themes.keep(response, request.POST.get("theme", ""))
    return response
