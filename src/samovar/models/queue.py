"""The queue: a named line of runs; a row exists once somebody has paused it."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _


class Queue(models.Model):
    """A named line of runs, which can be paused. A queue without a row is not paused."""

    name = models.CharField(_("name"), max_length=64, primary_key=True)
    paused_at = models.DateTimeField(_("paused"), null=True)

    class Meta:
        """Names for people."""

        verbose_name = _("queue")
        verbose_name_plural = _("queues")

    def __str__(self) -> str:
        """Return the queue's name."""
        return self.name

    @classmethod
    def pause(cls, name: str, *, now: dt.datetime) -> None:
        """Let no run of the queue begin until it is resumed; what runs goes on."""
        cls.objects.update_or_create(name=name, defaults={"paused_at": now})

    @classmethod
    def resume(cls, name: str) -> None:
        """Let runs of the queue begin again."""
        cls.objects.filter(name=name).update(paused_at=None)

    @classmethod
    def paused(cls) -> list[str]:
        """Return the names of the paused queues."""
        return list(cls.objects.exclude(paused_at=None).values_list("name", flat=True))
