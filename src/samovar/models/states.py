"""The states of a run, and where it was asked for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """The states of a run."""

    SCHEDULED = "scheduled", _("scheduled")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    CANCELLING = "cancelling", _("cancelling")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


WAITING = (RunState.SCHEDULED, RunState.QUEUED)
"""No attempt of the run lives, and one may come."""
HELD = (RunState.RUNNING, RunState.CANCELLING)
"""An attempt holds the run's lease."""
FINAL = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)
"""The ends; nothing leads out of them."""


class Source(models.TextChoices):
    """Where a run was asked for."""

    CODE = "code", _("code")
    WEB = "web", _("site")
    API = "api", _("API")
    COMMAND = "command", _("command")
    SCHEDULE = "schedule", _("schedule")
    OBSERVED = "observed", _("observed task")
