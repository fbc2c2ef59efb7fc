"""The pusher of this process: started by the first news, and only where Centrifugo is."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from samovar import conf
from samovar.live.centrifugo import TOKEN_LIFE, Api, Message
from samovar.live.pusher import Pusher
from samovar.runtime import events

if TYPE_CHECKING:
    from samovar.runtime.events import RunEvent

EXIT_SECONDS = 1.0
"""How long a process that ends waits for what is still to be sent."""

_pusher: Pusher | None = None
_guard = threading.Lock()


def install() -> None:
    """Let all news of this process come here."""
    events.subscribe(_hear)


def send(message: Message) -> None:
    """Send a message that is ready, where Centrifugo is. Never blocks."""
    if conf.options().CENTRIFUGO_URL:
        _started().send(message)


def dismiss(channel: str, user: str) -> None:
    """Unsubscribe `user`, where Centrifugo is; and once more for whoever came back meanwhile with
    a token from before. Never blocks.
    """
    if not conf.options().CENTRIFUGO_URL:
        return
    message = Message.dismissal(channel, user)
    send(message)
    again = threading.Timer(TOKEN_LIFE.total_seconds() + 1, send, [message])
    again.daemon = True
    again.start()


def _hear(event: RunEvent) -> None:
    if conf.options().CENTRIFUGO_URL and not isinstance(event, events.RunSubmitted):
        _started().hear(event)


def _started() -> Pusher:
    global _pusher  # noqa: PLW0603 - one for the process
    with _guard:
        if _pusher is None:
            options = conf.options()
            _pusher = Pusher(Api(options.CENTRIFUGO_URL, options.CENTRIFUGO_HTTP_API_KEY))
        return _pusher


def _drain_at_exit() -> None:
    """Let a command that cancels and ends tell of it."""
    if _pusher is not None:
        _pusher.drain(EXIT_SECONDS)


def _forget_after_fork() -> None:
    global _pusher, _guard  # noqa: PLW0603 - a thread does not live on in a fork
    _pusher = None
    _guard = threading.Lock()


atexit.register(_drain_at_exit)
os.register_at_fork(after_in_child=_forget_after_fork)
