"""How news of runs, and of an app's own channels, reach their viewers.

An app gives `register` two functions in its `ready`, calls `publish` when something was said, and
`dismiss` when somebody may not listen any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samovar import transactions
from samovar.live.channels import register
from samovar.live.event import Event

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

__all__ = ["Event", "dismiss", "publish", "register"]


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


def dismiss(channel: str, user: AbstractBaseUser) -> None:
    """End what `user` hears of `channel`, once the caller's transaction is committed.

    Never blocks. Call it when `may_see` has begun to say no. With Centrifugo the user is
    unsubscribed, and again a minute later, when no token from before opens a connection; without,
    `may_see` is asked before anything more is told.
    """
    from samovar.live import push
    from samovar.live.listener import listener

    def tell() -> None:
        push.dismiss(channel, str(user.pk))
        listener.ring()

    transactions.after_commit(tell)
