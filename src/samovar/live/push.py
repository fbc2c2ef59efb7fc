"""The pusher of this process: started by the first news, and only where Centrifugo is."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING

from samovar import conf
from samovar.live.centrifugo import TOKEN_LIFE, Api, Message
from samovar.live.pusher import Pusher
from samovar.per_process import PerProcess
from samovar.runtime import events

if TYPE_CHECKING:
    from samovar.runtime.events import RunEvent

EXIT_SECONDS = 1.0
"""How long a process that ends waits for what is still to be sent."""


def install() -> None:
    """Let all news of this process come here."""
    events.subscribe(_hear)


def send(message: Message) -> None:
    """Send a message that is ready, where Centrifugo is. Never blocks."""
    if conf.options().CENTRIFUGO_URL:
        _pusher().send(message)


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
        _pusher().hear(event)


def _make() -> Pusher:
    options = conf.options()
    return Pusher(Api(options.CENTRIFUGO_URL, options.CENTRIFUGO_HTTP_API_KEY))


_pusher = PerProcess(_make)


def drain(seconds: float = EXIT_SECONDS) -> None:
    """Wait until what was heard is sent, at most so long: a command that cancels and ends tells of
    it.
    """
    if (pusher := _pusher.peek()) is not None:
        pusher.drain(seconds)


atexit.register(drain)
