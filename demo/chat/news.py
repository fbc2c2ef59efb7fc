"""What a page is told of a room: what was said, and who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from chat.ids import as_id
from chat.models import Member, Message
from samovar.live import Event, publish

if TYPE_CHECKING:
    from chat.models import Room

BATCH = 100


def may_see(user: Any, room_id: str) -> bool:
    """Return whether `user` may listen to the room: its members may."""
    return Member.objects.filter(room_id=as_id(room_id) or 0, user_id=user.pk).exists()


def read(room_id: int | str, after: int) -> list[Event]:
    """Return what was said after the message `after`, and who is there now."""
    room = int(room_id)
    rows = Message.objects.filter(room_id=room, pk__gt=after).select_related("author")
    said = [Event("message", row.pk, told(row)) for row in rows[:BATCH]]
    return [*said, Event("people", None, people(room))]


def tell_message(message: Message) -> None:
    """Tell the room what was said, once that is committed."""
    publish(message.room.channel, "message", told(message), position=message.pk)


def tell_people(room: Room) -> None:
    """Tell the room who is there, once that is committed."""
    publish(room.channel, "people", people(room.pk))


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
