"""The attempt: one try at a run by one worker, kept for ever beside its run."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from samovar.types import Fault


class AttemptState(models.TextChoices):
    """How an attempt stands."""

    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    TIMED_OUT = "timed_out", _("timed out")
    LOST = "lost", _("lost")
    RELEASED = "released", _("handed back")


class Attempt(models.Model):
    """One try at a run. `pid` is the runner's; it stands here before the job's first line runs."""

    run = models.ForeignKey("Run", models.CASCADE, related_name="attempts", db_index=False)
    number = models.IntegerField()
    state = models.CharField(max_length=9, choices=AttemptState, default=AttemptState.RUNNING)
    token = models.UUIDField(unique=True)
    worker_id = models.UUIDField()
    worker = models.CharField(max_length=255)
    """The worker's name, which outlives its row."""
    host = models.CharField(max_length=255)
    pid = models.IntegerField(null=True)
    brand = models.BigIntegerField(null=True)
    reason = models.TextField(default="")
    """In words: why it was lost, killed or handed back."""
    error_type = models.CharField(max_length=200, default="")
    error_message = models.TextField(default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """An attempt's number is unique in its run."""

        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="samovar_attempt_number")
        ]

    def __str__(self) -> str:
        """Return the run's id and the attempt's number."""
        return f"{self.run_id} #{self.number}"

    @staticmethod
    def finish(
        token: uuid.UUID,
        state: AttemptState,
        *,
        now: dt.datetime,
        reason: str = "",
        fault: Fault | None = None,
    ) -> bool:
        """End the running attempt that holds `token`; answer whether there was one."""
        rows = Attempt.objects.filter(token=token, state=AttemptState.RUNNING)
        return bool(
            rows.update(
                state=state,
                finished_at=now,
                reason=reason,
                error_type=fault.type[:200] if fault else "",
                error_message=fault.message if fault else "",
            )
        )
