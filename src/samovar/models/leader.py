"""Who leads the upkeep: one row, a lease by the database's clock."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

NAME = "upkeep"


class Leader(models.Model):
    """The worker that does the upkeep for all."""

    name = models.CharField(max_length=16, primary_key=True)
    worker_id = models.UUIDField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        """Return the leading worker's id."""
        return str(self.worker_id)

    @classmethod
    def lead(cls, worker_id: uuid.UUID, term: dt.timedelta) -> bool:
        """Become the leader or stay it for `term`; answer whether `worker_id` leads now."""
        mine_or_over = Q(worker_id=worker_id) | Q(until__lt=Now())
        rows = cls.objects.filter(mine_or_over, name=NAME)
        if rows.update(worker_id=worker_id, until=Now() + term):
            return True
        if cls.objects.filter(name=NAME).exists():
            return False
        fresh = Leader(name=NAME, worker_id=worker_id, until=Now() + term)
        Leader.objects.bulk_create([fresh], ignore_conflicts=True)
        return cls.objects.filter(name=NAME, worker_id=worker_id).exists()

    @classmethod
    def resign(cls, worker_id: uuid.UUID) -> None:
        """Let another lead at once."""
        cls.objects.filter(name=NAME, worker_id=worker_id).delete()
