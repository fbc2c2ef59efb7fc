"""What a page is told of a room: what was said, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from chat.models import Member, Message

BATCH = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news; `position` is the id of a message, None for how things stand now."""

    name: str
    position: int | None
    data: dict[str, Any]


def read(room_id: int, after: int) -> list[Event]:
    """Return what was said after the message `after`, and who is there now."""
    rows = Message.objects.filter(room_id=room_id, pk__gt=after).select_related("author")
    said = [Event("message", row.pk, told(row)) for row in rows[:BATCH]]
    return [*said, Event("people", None, people(room_id))]


def told(message: Message) -> dict[str, Any]:
    """Return a message as a page is told of it."""
    return {
        "id": message.pk,
        "author": message.author.get_username(),
        "text": message.text,
        "at": message.created_at.isoformat(),
        "key": str(message.key),
    }


def people(room_id: int) -> dict[str, Any]:
    """Return who is in the room, who has it open, and who is writing."""
    now = timezone.now()
    members = Member.objects.filter(room_id=room_id).select_related("user").order_by("pk")
    return {
        "people": [
            {
                "name": member.user.get_username(),
                "here": member.is_present(now),
                "typing": member.is_typing(now),
            }
            for member in members
        ]
    }
