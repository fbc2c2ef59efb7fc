"""The listener: asks the apps what was said in the channels that somebody watches.

Each look reads every watched channel once, from where the look before ended, for however many
viewers it has. `ring` lets it look at once: what is said in this process is told without a wait,
what is said in another with the next look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samovar.live import channels
from samovar.live.channels import Channel
from samovar.live.watch import Watch, Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.live.event import Event

LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, and the position behind which its first viewer wants to hear it."""

    channel: Channel
    after: int = field(compare=False)


class WatchedChannel(Watched["Sequence[Event]"]):
    """A channel that somebody watches."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.channel = place.channel
        self.position = place.after

    def welcome(self) -> None:
        """Return nothing: whoever comes has read the channel itself."""

    def read(self) -> Sequence[Event]:
        """Return what was said since, and how things stand."""
        found = channels.read(self.channel, self.position)
        self.position = max([self.position, *(each.position or 0 for each in found)])
        return found


class Listener(Watch[Place, WatchedChannel]):
    """Viewers of apps' channels."""

    def __init__(self) -> None:
        super().__init__("samovar-listener")

    def ring(self) -> None:
        """Look at once."""
        self._wake.set()

    def _begin(self, key: Place) -> WatchedChannel:
        return WatchedChannel(key)

    def _look(self, watched: dict[Place, WatchedChannel]) -> float:
        for each in watched.values():
            if found := each.read():
                self.tell(each, found)
        return LOOK_SECONDS


listener = Listener()
"""The listener of this process."""
