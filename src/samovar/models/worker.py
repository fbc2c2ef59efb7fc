"""The worker: one row while it lives, with a fresh identity at each start."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.models.fields import IdField, uuid7


class Worker(models.Model):
    """One Celery worker process that supervises runners.

    `host_key` says which processes can judge its lock file: boot id, pid namespace and lock
    folder. On the same host a freed lock proves that the worker's tree is gone; elsewhere only its
    leases tell.
    """

    id = IdField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=255)
    host = models.CharField(_("host"), max_length=255)
    host_key = models.CharField(max_length=255)
    pid = models.IntegerField()
    slots = models.IntegerField(_("slots"))
    queues = models.JSONField(_("queues"), default=list)
    jobs = models.JSONField(_("jobs"), default=list)
    """The names of the jobs that its code has: it takes no others."""
    version = models.CharField(max_length=32, default="")
    is_embedded = models.BooleanField(default=False)
    is_stopping = models.BooleanField(default=False)
    started_at = models.DateTimeField(_("started"), default=clock.now)
    seen_at = models.DateTimeField(_("seen"), default=clock.now)
    """The last beat."""

    class Meta:
        """Names for people."""

        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        """Return the worker's name."""
        return self.name
