"""Long-running jobs for Django: a typed function becomes a form, an endpoint and a command.

These are the public names; they can be imported before Django's apps are loaded.
"""

from samovar.exceptions import Cancelled, SoftTimeout
from samovar.jobs.context import (
    artifact,
    checkpoint,
    current_run,
    last_checkpoint,
    progress,
    track,
)
from samovar.jobs.job import job
from samovar.jobs.limits import Limit
from samovar.jobs.retry import Retry
from samovar.jobs.schedule import schedule

__all__ = [
    "Cancelled",
    "Limit",
    "Retry",
    "SoftTimeout",
    "artifact",
    "checkpoint",
    "current_run",
    "job",
    "last_checkpoint",
    "progress",
    "schedule",
    "track",
]
