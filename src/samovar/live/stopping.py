"""End the streams when the server is told to stop.

A server lets its open requests finish before it exits, and a stream would never finish by itself.
No ASGI server tells the application before it waits, so the first stream of a process puts itself
in front of the server's own signal handlers.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING

from samovar.live.listener import listener
from samovar.live.tailer import tailer

if TYPE_CHECKING:
    from types import FrameType

_guarded: set[int] = set()


def end_streams() -> None:
    """Close all viewers, now and from now on."""
    tailer.stop()
    listener.stop()


def guard() -> None:
    """Let SIGTERM and SIGINT close all viewers first. Costs nothing when repeated."""
    if _guarded or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        _guard(number, loop)


def _guard(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    handler = signal.getsignal(number)
    if not callable(handler):
        return

    def stop(received: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end_streams)
        handler(received, frame)

    signal.signal(number, stop)
    _guarded.add(number)
