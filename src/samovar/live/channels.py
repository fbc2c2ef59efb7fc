"""Channels: what a viewer listens to. `run:ID` is ours; an app registers kinds of its own.

An app keeps what it says in its own table, and gives two functions: who may listen, and what has
been said since. So every transport tells the same, and whoever was cut off catches up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from samovar.live.event import Event

RUN = "run"
MaySee = Callable[[Any, str], bool]
Read = Callable[[str, int], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel: `may_see(user, id)` and `read(id, after)`."""

    name: str
    may_see: MaySee
    read: Read


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel by its name, `kind:id`."""

    kind: str
    id: str

    def __str__(self) -> str:
        """Return its name."""
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, name: str) -> Channel:
        """Read a channel's name; what has no colon has no id."""
        kind, _colon, ident = name.partition(":")
        return cls(kind, ident)


_kinds: dict[str, Kind] = {}


def register(name: str, *, may_see: MaySee, read: Read) -> None:
    """Make channels `name:id` known; call it in an app's `ready`.

    `may_see(user, id)` answers whether `user` may listen; called outside of the event loop, also
    before each time that a stream tells more.
    `read(id, after)` returns the channel's events whose position is greater than `after`, in
    order; positions are whole numbers that grow, as the keys of rows do. An event whose position
    is None says how something stands now: it is told at first, and again when its data has
    changed. Positions must grow in the order of the commits: let the writers of one channel take
    turns. In Centrifugo the name must be a namespace.
    """
    if name == RUN or not name.isidentifier():
        raise ImproperlyConfigured(f"A kind of channel cannot be named {name!r}.")
    _kinds[name] = Kind(name, may_see, read)


def may_see(user: Any, channel: Channel) -> bool:
    """Return whether there is such a channel, of an app, and `user` may listen to it."""
    kind = _kinds.get(channel.kind)
    return kind is not None and kind.may_see(user, channel.id)


def read(channel: Channel, after: int) -> Sequence[Event]:
    """Return what its app says was said behind the position `after`, and how things stand."""
    return _kinds[channel.kind].read(channel.id, after)
