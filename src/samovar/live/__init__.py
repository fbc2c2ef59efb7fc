"""How news of runs, and of an app's own channels, reach their viewers.

An app gives `register` two functions in its `ready`, and calls `publish` when something was said.
"""

from __future__ import annotations

from typing import Any

from samovar import transactions
from samovar.live.channels import register
from samovar.live.event import Event

__all__ = ["Event", "publish", "register"]


def publish(channel: str, event: str, data: Any, *, position: int | None = None) -> None:
    """Tell all who listen to `channel`, once the caller's transaction is committed. Never blocks.

    `event`, `data` (JSON) and `position` are those of the Event that the channel's `read` returns
    for it: with Centrifugo they are pushed as they are; without, this is a doorbell, and what
    `read` returns is told.
    """
    from samovar.live import push
    from samovar.live.centrifugo import Message
    from samovar.live.listener import listener

    message = Message.of(channel, event, position, data)

    def tell() -> None:
        push.send(message)
        listener.ring()

    transactions.after_commit(tell)
