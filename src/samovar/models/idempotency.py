"""Idempotency keys: what a program calls a request by, so that it may send it again."""

from __future__ import annotations

import datetime as dt

from django.db import models

from samovar import clock
from samovar.models.run import Run

KEPT = dt.timedelta(hours=24)
"""How long a repeated request finds its first run, at least."""


class IdempotencyKey(models.Model):
    """A key that a caller has sent, and the run that came of it.

    `caller` is the key of the user, "" when anonymous: each has keys of their own. `fingerprint`
    tells whether a second request with the key is the first one again.
    """

    caller = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        """The fence against two runs of one key."""

        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="samovar_idempotency_key")
        ]

    def __str__(self) -> str:
        """Return the key."""
        return self.key

    @classmethod
    def prune(cls, now: dt.datetime) -> int:
        """Forget the keys that need not be kept at `now`; return how many."""
        count, _by_table = cls.objects.filter(created_at__lt=now - KEPT).delete()
        return count
