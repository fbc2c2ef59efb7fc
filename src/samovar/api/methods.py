"""The methods of HTTP: HEAD is answered as GET is, and an unknown one by a problem."""

from __future__ import annotations

import contextlib
from functools import wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from samovar.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def versed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make `view`, which knows its own methods, answer every one."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def answer_async(request: HttpRequest, **path: Any) -> HttpResponseBase:
            with _as_get(request) as method:
                response = await view(request, **path)
            return _answer(method, response)

        return answer_async

    @wraps(view)
    def answer(request: HttpRequest, **path: Any) -> HttpResponseBase:
        with _as_get(request) as method:
            response = view(request, **path)
        return _answer(method, response)

    return answer


@contextlib.contextmanager
def _as_get(request: HttpRequest) -> Iterator[str]:
    """Let HEAD be GET inside the block; give the request's own method."""
    method = str(request.method)
    if method == "HEAD":
        request.method = "GET"
    try:
        yield method
    finally:
        request.method = method


def _answer(method: str, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _refusal(method, response["Allow"])
    if method == "HEAD" and response.streaming:
        # The server leaves out a body, but a stream it would follow to the end.
        response.close()
        return HttpResponse(status=response.status_code, headers=response.headers)
    return response


def _refusal(method: str, known: str) -> HttpResponse:
    detail = _("%(method)s is not for this address.") % {"method": method}
    allowed = known.replace("GET", "GET, HEAD")
    return Problem(405, detail, headers={"Allow": allowed}).respond()
