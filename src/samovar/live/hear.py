"""Hear one channel of an app: what every transport but the push does."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from samovar.live import channels
from samovar.live.follow import QUIET_SECONDS
from samovar.live.listener import Place, listener

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable

    from samovar.live.channels import Channel
    from samovar.live.event import Event


class Ear:
    """What one viewer has heard: up to which position, and how things stood."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._stood: dict[str, Any] = {}

    def fresh(self, events: Iterable[Event]) -> list[Event]:
        """Return the events that are new to the viewer, and take them for heard."""
        return [event for event in events if self._is_fresh(event)]

    def _is_fresh(self, event: Event) -> bool:
        if event.position is None:
            has_changed = bool(self._stood.get(event.name) != event.data)
            self._stood[event.name] = event.data
            return has_changed
        is_fresh = event.position > self.position
        self.position = max(self.position, event.position)
        return is_fresh


async def hear(channel: Channel, *, after: int, user: Any) -> AsyncIterator[list[Event]]:
    """Yield the channel's events behind the position `after`; an empty list in a long silence.

    It ends when the server stops, and instead of telling what `user` may not see any more.
    """
    may_see = sync_to_async(channels.may_see)
    async with aclosing(_news(channel, after)) as news:
        async for events in news:
            if not await may_see(user, channel):
                return
            yield events


async def _news(channel: Channel, after: int) -> AsyncGenerator[list[Event]]:
    """Yield the same for whoever listens."""
    read = sync_to_async(channels.read)
    ear = Ear(after)
    while events := ear.fresh(await read(channel, ear.position)):
        yield events
    viewer = listener.subscribe(Place(channel, ear.position))
    try:
        # What was said between the last look and now.
        while events := ear.fresh(await read(channel, ear.position)):
            yield events
        told_at = time.monotonic()
        while not viewer.is_closed:
            events = ear.fresh(await viewer.next(QUIET_SECONDS) or ())
            if events or time.monotonic() - told_at >= QUIET_SECONDS:
                yield events
                told_at = time.monotonic()
    finally:
        listener.unsubscribe(viewer)
