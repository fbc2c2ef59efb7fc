"""What goes over a transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a channel's viewers are told: its name, where it stands, its data (JSON).

    `position` grows within a channel, and is what a viewer names that has been away; a run's is
    the number of the last line that the viewer has once it has this event. None says that the
    event tells how something stands, and has no place of its own.
    """

    name: str
    position: int | None
    data: Any
