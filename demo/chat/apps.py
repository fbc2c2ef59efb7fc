"""The chat application."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from samovar.live import register


class ChatConfig(AppConfig):
    """Rooms, their members and what they write."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Chat")

    def ready(self) -> None:
        """Make the rooms' channels known."""
        from chat import news

        register("room", may_see=news.may_see, read=news.read)
