"""Several channels in one stream of Server-Sent Events, each event in an envelope that names its
channel: what Centrifugo pushes, with the channel beside it.

The stream's position is the positions of all its channels, in their order, joined by a comma. It
ends after ten minutes, as a connection to Centrifugo does, so that it is asked again who may hear
what.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

from samovar.live import channels
from samovar.live.follow import follow
from samovar.live.hear import hear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from samovar.live.channels import Channel
    from samovar.live.event import Event

logger = logging.getLogger(__name__)

LIFE_SECONDS = 600.0
WAITING = 64
"""How many batches of events wait for a slow viewer, until its channels wait for it."""

BROKEN = -1

Batch = tuple[int, "list[Event] | None"]


async def frames(
    wanted: Sequence[Channel], after: Sequence[int], user: Any
) -> AsyncIterator[bytes]:
    """Yield the stream of the channels for `user`, from these positions on."""
    positions = list(after)
    waiting: asyncio.Queue[Batch] = asyncio.Queue(WAITING)
    tasks = [
        asyncio.ensure_future(_pour(number, _events(channel, after, user), waiting))
        for number, (channel, after) in enumerate(zip(wanted, positions, strict=True))
    ]
    left = len(tasks)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIFE_SECONDS):
                while left:
                    number, events = await waiting.get()
                    if number == BROKEN:
                        return
                    left -= events is None
                    for event in events or ():
                        positions[number] = event.position or positions[number]
                        yield _frame(wanted[number], event, positions)
                    if events == []:
                        yield b": ping\n\n"
    finally:
        for task in tasks:
            task.cancel()


def _events(channel: Channel, after: int, user: Any) -> AsyncIterator[list[Event]]:
    if channel.kind == channels.RUN:
        return follow(uuid.UUID(channel.id), after=after)
    return hear(channel, after=after, user=user)


async def _pour(
    number: int, events: AsyncIterator[list[Event]], waiting: asyncio.Queue[Batch]
) -> None:
    """Put a channel's events into the queue; None when no more will come."""
    try:
        async for some in events:
            await waiting.put((number, some))
    except Exception:
        logger.exception("A stream of several channels broke off; its viewers come back.")
        number = BROKEN
    await waiting.put((number, None))


def _frame(channel: Channel, event: Event, positions: Sequence[int]) -> bytes:
    body = json.dumps(envelope(channel, event), ensure_ascii=False, separators=(",", ":"))
    return f"id: {','.join(map(str, positions))}\ndata: {body}\n\n".encode()


def envelope(channel: Channel, event: Event) -> dict[str, Any]:
    """Return what is told of `event` to whoever listens to several channels."""
    return {
        "channel": str(channel),
        "event": event.name,
        "id": event.position,
        "data": event.data,
    }
