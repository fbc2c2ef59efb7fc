"""The artifact: a file that a run produced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.models.states import FINAL


class Artifact(models.Model):
    """A file of a run. Its row is written once the file is whole."""

    run = models.ForeignKey("Run", models.CASCADE, related_name="artifacts", db_index=False)
    name = models.CharField(_("name"), max_length=120)
    path = models.CharField(max_length=255)
    """Where it stands in the storage (samovar.runtime.files)."""
    size = models.BigIntegerField(_("size"))
    """Bytes."""
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    attempt = models.IntegerField()
    """The number of the attempt that made it."""
    created_at = models.DateTimeField(default=clock.now)
    expired_at = models.DateTimeField(null=True)
    """When the file was removed because of its age; its row says what it was."""

    class Meta:
        """A name is unique in its run."""

        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="samovar_artifact_name")
        ]

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name

    @property
    def url(self) -> str:
        """The path from which it is downloaded."""
        return reverse("samovar:artifact", args=[self.run_id, self.name])

    @classmethod
    def old(cls, before: dt.datetime) -> models.QuerySet[Artifact]:
        """Return files made before `before` whose runs have ended and are not to be kept."""
        runs = {"run__is_kept": False, "run__state__in": FINAL}
        return cls.objects.filter(created_at__lt=before, expired_at=None, **runs).order_by("pk")

    @classmethod
    def keep(cls, files: Sequence[Self]) -> None:
        """Write the rows; one of the same name is replaced."""
        if files:
            cls.objects.bulk_create(
                files,
                update_conflicts=True,
                unique_fields=["run", "name"],
                update_fields=[
                    "path",
                    "size",
                    "sha256",
                    "media_type",
                    "attempt",
                    "created_at",
                    "expired_at",
                ],
            )
