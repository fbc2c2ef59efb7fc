"""The chat's tables."""

from __future__ import annotations

from chat.models.member import Member
from chat.models.message import Message
from chat.models.person import Person
from chat.models.room import Room

__all__ = ["Member", "Message", "Person", "Room"]
