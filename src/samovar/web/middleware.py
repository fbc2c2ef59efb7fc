"""Middleware that a project may add to its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.decorators import sync_only_middleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


@sync_only_middleware
def one_thread(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let all middleware above it, which is Django's own, do its work in one go of one thread.

    Put it last. Under an ASGI server Django's middleware speaks both tongues, and so goes to the
    request's thread and back for each of its hooks: 14 times with the usual eight, a millisecond
    and more. One that is only synchronous makes Django go there once. Asynchronous views stay on
    the event loop, and no request holds a thread that it would not hold otherwise.
    """

    def pass_on(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return pass_on
