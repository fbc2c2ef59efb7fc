"""The upload: a file that was given to runs, and which run it is a param of."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads, and those that nothing refers to."""

    def unused(self, before: dt.datetime) -> Self:
        """Return those that no run has, and that nobody has meant to use since `before`."""
        used = UploadUse.objects.filter(upload=models.OuterRef("pk"))
        return self.filter(~models.Exists(used), used_at__lt=before)


class Upload(models.Model):
    """A file in the storage, known by its content: what is sent twice is kept once.

    Its row is written once the file is whole; a file without a row is nothing.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    path = models.CharField(max_length=255)
    """Where it stands in the storage (samovar.runtime.uploads)."""
    size = models.BigIntegerField(_("size"))
    """Bytes."""
    created_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(default=clock.now)
    """When a run last meant to have it: until a while later nobody removes it."""

    objects = UploadQuerySet.as_manager()

    class Meta:
        """People see it as a file that they have sent."""

        verbose_name = _("upload")
        verbose_name_plural = _("uploads")

    def __str__(self) -> str:
        """Return the digest."""
        return self.sha256


class UploadUse(models.Model):
    """That a run has an upload as one of its params; it goes with the run."""

    run = models.ForeignKey("Run", models.CASCADE, related_name="uploads", db_index=False)
    name = models.CharField(max_length=100)
    """The parameter's."""
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="uses")

    class Meta:
        """A parameter takes one file."""

        verbose_name = _("use of an upload")
        verbose_name_plural = _("uses of uploads")
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="samovar_upload_use")]

    def __str__(self) -> str:
        """Return the parameter's name."""
        return self.name

    @property
    def url(self) -> str:
        """The path from which the file is downloaded."""
        return reverse("samovar:upload", args=[self.run_id, self.name])
