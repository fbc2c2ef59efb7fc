"""What Samovar adds to a project's ASGI application: a limit on what is sent to it, and that its
first request finds all loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import Resolver404, get_resolver, resolve

from samovar import conf, receiving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

END: dict[str, Any] = {"type": "http.request", "body": b"", "more_body": False}


def bounded(application: Any) -> Any:
    """Return `application` with a limit on what is sent to Samovar's addresses.

    Django writes a whole body to a file before it asks a view. Here a body that is announced as
    too large is not read at all, and one that turns out to be is cut off; the view then refuses
    it. Other addresses of the project are left alone. See Note [Too much] in receiving.py.
    """

    async def asked(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        limited = _limited(scope, receive) if scope["type"] == "http" else receive
        await application(scope, limited, send)

    return asked


def warmed(application: Any) -> Any:
    """Return `application` when what its first request would load is loaded: the addresses with
    their views, and the broker's client, which would take the next requests' time from a thread.

    Opens no connection.
    """
    _ = get_resolver().url_patterns
    conf.load("ENGINE").load()
    return application


def _limited(scope: dict[str, Any], receive: Receive) -> Receive:
    """Return `receive` with an end once there is too much."""
    limit = receiving.most() + receiving.BESIDE
    is_cut = _announced(scope) > limit and _is_ours(scope)
    taken, is_told = 0, False

    async def limited() -> Message:
        nonlocal taken, is_cut, is_told
        if is_cut and not is_told:
            is_told = True
            return dict(END)
        message = await receive()
        while is_cut and message["type"] == "http.request":  # what is still on its way
            message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit and not is_cut and _is_ours(scope):
            is_cut = is_told = True
            return dict(END)
        return message

    return limited


def _announced(scope: dict[str, Any]) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _is_ours(scope: dict[str, Any]) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
    try:
        return "samovar" in resolve(path).app_names
    except Resolver404:
        return False
