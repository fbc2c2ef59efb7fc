"""What every answer of ours tells the browser; a project's own pages tell what they like."""

from __future__ import annotations

from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern

from samovar.conf import options
from samovar.live.centrifugo import socket_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLResolver

POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'; connect-src 'self'"
)
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # What a page shows changes: the browser asks again before it shows its copy.
    "Cache-Control": "private, no-cache",
}
"""A view that sets one of them itself keeps its own."""


def carrying(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make `view` answer with the headers."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def carrying_async(request: HttpRequest, **path: Any) -> HttpResponseBase:
            return _with_headers(await view(request, **path))

        return carrying_async

    @wraps(view)
    def carrying_sync(request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        return _with_headers(view(request, *args, **path))

    return carrying_sync


def seal(patterns: Sequence[URLPattern | URLResolver]) -> None:
    """Make all views under `patterns` answer with the headers.

    A project's LoginRequiredMiddleware leaves them alone, too: who may come in is decided by
    `samovar.access`, which knows bearer tokens and open sites.
    """
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = login_not_required(carrying(pattern.callback))
        else:
            seal(pattern.url_patterns)


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _policy())
    return response


def _policy() -> str:
    """Return what our pages may load: no inline script or style, nothing from another site; news
    from Centrifugo, where it is.
    """
    return f"{POLICY} {socket_origin(options().CENTRIFUGO_PUBLIC_URL)}".rstrip()
