"""What happens in rooms: somebody makes one, adds a person, says something."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import news
from chat.models import Member, Message, Room
from chat.tasks import tell_admin_of_member
from samovar.live import dismiss

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def make_room(owner: User, name: str) -> Room:
    """Make a room whose only member is its owner."""
    with transaction.atomic():
        room = Room.objects.create(owner=owner, name=name)
        Member.objects.create(room=room, user=owner, added_by=owner)
    return room


def add_member(room: Room, user: User, by: User) -> Member | None:
    """Add a person, and have the room's admin told by e-mail; None when they are in it already.

    The letter's run is part of the transaction: no letter without the addition, and no addition
    without the letter.
    """
    try:
        with transaction.atomic():
            member = Member.objects.create(room=room, user=user, added_by=by)
            tell_admin_of_member.submit(member.pk)
            news.tell_people(room)
    except IntegrityError:
        return None
    return member


def remove_member(member: Member) -> None:
    """Take a person out of the room, and let them hear no more; what they have written stays."""
    with transaction.atomic():
        member.delete()
        dismiss(member.room.channel, member.user)
        news.tell_people(member.room)


def say(room: Room, author: User, text: str, key: uuid.UUID | None = None) -> Message:
    """Write a message; one that was sent before with the same key is returned as it is."""
    with transaction.atomic():
        # One after the other: messages come to the listeners in the order of their ids.
        Room.objects.select_for_update().get(pk=room.pk)
        message, is_new = Message.objects.get_or_create(
            key=key or uuid.uuid4(), defaults={"room": room, "author": author, "text": text}
        )
        Member.objects.filter(room=room, user=author).update(typing_at=None)
        if is_new:
            news.tell_message(message)
    return message


def note_presence(room: Room, user: User, *, is_typing: bool, last_read: int = 0) -> None:
    """Note that the room is open on the person's screen, and whether they are writing."""
    now = timezone.now()
    mine = Member.objects.filter(room=room, user=user)
    mine.update(seen_at=now)
    if is_typing:
        mine.update(typing_at=now)
    mine.filter(last_read__lt=last_read).update(last_read=last_read)
    news.tell_people(room)
