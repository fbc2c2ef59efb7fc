"""The tick: one instant of a schedule, and what came of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from samovar import clock


class TickOutcome(models.TextChoices):
    """What came of a tick."""

    STARTED = "started", _("started a run")
    SENT = "sent", _("sent a task")
    SKIPPED = "skipped", _("skipped: an earlier run had not ended")
    MISSED = "missed", _("missed: nobody was there")
    REFUSED = "refused", _("refused")


class Tick(models.Model):
    """One instant of a schedule: unique, so it has one outcome, whoever saw it come."""

    schedule = models.ForeignKey("Schedule", models.CASCADE, related_name="ticks")
    at = models.DateTimeField()
    fired_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=7, choices=TickOutcome)
    reason = models.TextField(default="")
    """Why it was refused, in words."""
    run = models.OneToOneField("Run", models.SET_NULL, null=True, related_name="tick")

    class Meta:
        """An instant is unique in its schedule."""

        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [models.UniqueConstraint(fields=["schedule", "at"], name="samovar_tick_at")]

    def __str__(self) -> str:
        """Return the schedule's id and the instant."""
        return f"{self.schedule_id} {clock.rfc3339(self.at)}"
