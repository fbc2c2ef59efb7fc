"""Several channels in one stream of Server-Sent Events, each event in an envelope that names its
channel: what Centrifugo pushes, with the channel beside it.

The stream's position is the positions of all its channels, in their order, joined by a comma. It
ends after ten minutes, as a token does, so that it is asked again who may hear what.
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


async def frames(wanted: Sequence[Channel], after: Sequence[int]) -> AsyncIterator[bytes]:
    """Yield the stream of the channels, from these positions on."""
    positions = list(after)
    waiting: asyncio.Queue[Batch] = asyncio.Queue(WAITING)
    tasks = [
        asyncio.ensure_future(_pour(number, channel, positions[number], waiting))
        for number, channel in enumerate(wanted)
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


async def _pour(number: int, channel: Channel, after: int, waiting: asyncio.Queue[Batch]) -> None:
    """Put the channel's events into the queue; None when no more will come."""
    is_run = channel.kind == channels.RUN
    events = follow(uuid.UUID(channel.id), after=after) if is_run else hear(channel, after=after)
    try:
        async for some in events:
            await waiting.put((number, some))
    except Exception:
        logger.exception("The stream of %s broke off; its viewers come back.", channel)
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
