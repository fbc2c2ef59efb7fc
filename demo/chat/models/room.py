"""The room: a name and an owner, who is its admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Room(models.Model):
    """A room; its owner is its admin, and a member of it."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="owned_rooms")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Names for people."""

        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self) -> str:
        """Return the room's name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the room's page."""
        return reverse("chat:room", args=[self.pk])

    @property
    def channel(self) -> str:
        """The channel on which its news goes."""
        return f"room:{self.pk}"

    @classmethod
    def of(cls, user: User) -> models.QuerySet[Room]:
        """Return the rooms that `user` is a member of."""
        return cls.objects.filter(members__user=user)
