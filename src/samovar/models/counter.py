"""Counts that outlive runs: what `/metrics` shows, whichever web process is asked."""

from __future__ import annotations

from django.db import models
from django.db.models import F


class Counter(models.Model):
    """One count that only grows: `name` of what, for which `job`, and which `label` of it."""

    name = models.CharField(max_length=16)
    job = models.CharField(max_length=64, default="")
    label = models.CharField(max_length=16, default="")
    value = models.FloatField(default=0.0)

    class Meta:
        """Each count has one row."""

        constraints = [
            models.UniqueConstraint(fields=["name", "job", "label"], name="samovar_counter_key")
        ]

    def __str__(self) -> str:
        """Return what is counted."""
        return f"{self.name} {self.job} {self.label}".strip()

    @classmethod
    def grow(cls, name: str, by: float, *, job: str = "", label: str = "") -> None:
        """Let a count grow. Requires a transaction."""
        row = cls.objects.filter(name=name, job=job, label=label)
        if not row.update(value=F("value") + by):
            Counter.objects.bulk_create(
                [Counter(name=name, job=job, label=label)], ignore_conflicts=True
            )
            row.update(value=F("value") + by)
