"""The member: a person in a room."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room

PRESENT = dt.timedelta(seconds=45)
TYPING = dt.timedelta(seconds=5)


class Member(models.Model):
    """A person in a room. Each addition is a row of its own."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    joined_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    """When the room was open on the person's screen."""
    typing_at = models.DateTimeField(null=True)
    last_read = models.BigIntegerField(default=0)
    """The last message that was on the person's screen."""

    class Meta:
        """A person is in a room once."""

        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="chat_member_once")]

    def __str__(self) -> str:
        """Return the person's and the room's names."""
        return f"{self.user} · {self.room}"

    def is_present(self, now: dt.datetime) -> bool:
        """Return whether the room is open on the person's screen."""
        return self.seen_at is not None and now - self.seen_at < PRESENT

    def is_typing(self, now: dt.datetime) -> bool:
        """Return whether the person is writing something."""
        return self.typing_at is not None and now - self.typing_at < TYPING
