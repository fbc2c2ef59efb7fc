"""The chat application."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """Rooms, their members and what they write."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Chat")
