"""The message: what somebody has written in a room."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room

LONGEST = 4000


class Message(models.Model):
    """A message. Its id grows, so it is its place in the room's history."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.TextField(_("text"), max_length=LONGEST)
    created_at = models.DateTimeField(default=timezone.now)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    """Who sends again what may have been lost sends the same key, and it stands there once."""

    class Meta:
        """Read by room, in order."""

        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("pk",)
        indexes = [models.Index(fields=["room", "id"], name="chat_message_in_room")]

    def __str__(self) -> str:
        """Return the beginning of the text."""
        return self.text[:60]
