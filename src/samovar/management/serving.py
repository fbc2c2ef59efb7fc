"""Serve an ASGI application by uvicorn, in a thread, with the lines that Django's own server
prints.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import uvicorn

from samovar.live.stopping import end_streams

GRACE_SECONDS = 1
"""How long open requests may go on when the server is told to stop."""
BACKLOG = 2048


def bind(host: str, port: int, *, ipv6: bool) -> socket.socket:
    """Return a listening socket. Raises OSError as `bind` does."""
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4]
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else each answer on a
    # kept connection waits 40 ms for the other side's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


class Server(uvicorn.Server):
    """A server that another thread stops: signals are the business of the main thread."""

    def __init__(self, application: Any) -> None:
        config = uvicorn.Config(
            application,
            log_config=None,
            lifespan="off",
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._stop: Callable[[], object] | None = None

    def serve_forever(self, listener: socket.socket) -> None:
        """Serve until `stop`."""
        _log_as_django_does()
        self.run([listener])

    def stop(self) -> None:
        """End the streams, let the open requests finish for a moment, and return from
        `serve_forever`.
        """
        self.should_exit = True
        if self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._stop()

    async def main_loop(self) -> None:
        """Do uvicorn's work of each second; a stop ends the wait at once."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def stop() -> None:
            end_streams()
            stopped.set()

        self._stop = partial(loop.call_soon_threadsafe, stop)
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class AccessLines(logging.Handler):
    """Turns uvicorn's access records into those of Django's server, so that the project's LOGGING
    decides on them.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Log the request as `django.server` does."""
        given: Any = record.args
        _client, method, path, version, status = given
        level = {4: logging.WARNING, 5: logging.ERROR}.get(status // 100, logging.INFO)
        extra = {"status_code": status, "server_time": time.strftime("%d/%b/%Y %H:%M:%S")}
        logging.getLogger("django.server").log(
            level, '"%s %s HTTP/%s" %s', method, path, version, status, extra=extra
        )


def _log_as_django_does() -> None:
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [AccessLines()], False
    access.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says of its own start and stop, streams that it cut off included."""
    error = record.exc_info[1] if record.exc_info else None
    is_cut = isinstance(error, asyncio.CancelledError)
    return (
        record.levelno > logging.INFO
        and not is_cut
        and not record.getMessage().startswith("Cancel ")
    )
