"""Render a page of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import render as django_render

from samovar.theme import theme_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def render(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return the page of `template`; a name without a folder is one of ours."""
    # A host project need not have the context processor that would bring the request.
    context = {**context, "request": request, "theme": theme_of(request)}
    name = template if "/" in template else f"samovar/{template}"
    return django_render(request, name, context, status=status)


class SeeOther(HttpResponseRedirect):
    """303: look there, by GET, whatever the method of this request was."""

    status_code = 303


def see_other(url: str) -> HttpResponse:
    """Return the redirect that ends a POST."""
    return SeeOther(url)
