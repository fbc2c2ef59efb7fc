"""The schedule: cron, interval or a single time that submits runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock, rhythm
from samovar.models.fields import IdField, uuid7
from samovar.models.statement import Param

if TYPE_CHECKING:
    from typing import Self


class Origin(models.TextChoices):
    """Where a schedule was made; only one of the site can be changed or deleted there."""

    CODE = "code", _("code")
    CELERY = "celery", _("CELERY_BEAT_SCHEDULE")
    SITE = "site", _("site")


class Overlap(models.TextChoices):
    """What a tick does while a run of an earlier tick has not ended."""

    SKIP = "skip", _("skip this time")
    QUEUE = "queue", _("let the new run wait in line")
    REPLACE = "replace", _("cancel the earlier run")


class CatchUp(models.TextChoices):
    """What becomes of ticks that nobody was there for."""

    NONE = "none", _("let them go")
    LAST = "last", _("make up for the last one")


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    """Filters over schedules."""

    def due(self, now: dt.datetime | Param) -> Self:
        """Return those that tick now or should have ticked."""
        return self.filter(paused_at=None, next_at__lte=now)


class Schedule(models.Model):
    """When a job starts by itself, and with what.

    Exactly one of `cron`, `every` and `at` is set. `next_at` is the next tick, None when there is
    none any more; whoever moves it on (`advance`) has the tick, and nobody else.
    """

    id = IdField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    job = models.CharField(_("job"), max_length=255)
    """The job's name; where `is_task`, a plain Celery task's."""
    is_task = models.BooleanField(default=False)
    params = models.JSONField(_("params"), default=dict)
    cron = models.CharField(max_length=100, default="", blank=True)
    every = models.FloatField(null=True, blank=True)
    """Seconds."""
    at = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    overlap = models.CharField(max_length=7, choices=Overlap, default=Overlap.SKIP)
    catch_up = models.CharField(max_length=4, choices=CatchUp, default=CatchUp.NONE)
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.SITE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    """Whose its runs are."""
    ends_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        """Listed by name; the next ticks are found by an index."""

        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("name",)
        indexes = [
            models.Index(
                fields=["next_at"], name="samovar_schedule_next", condition=Q(paused_at=None)
            )
        ]

    def __str__(self) -> str:
        """Return the schedule's name."""
        return self.name

    @property
    def rhythm(self) -> rhythm.Rhythm:
        """When it ticks. Raises InvalidRhythm when its zone or expression is not known here."""
        if self.cron:
            return rhythm.Cron(self.cron, self.zone)
        if self.at:
            return rhythm.Once(self.at)
        return rhythm.Every(self.every or 0)

    @rhythm.setter
    def rhythm(self, new: rhythm.Rhythm) -> None:
        self.cron, self.every, self.at = "", None, None
        if isinstance(new, rhythm.Cron):
            self.cron, self.zone = new.expression, new.zone
        elif isinstance(new, rhythm.Once):
            self.at = new.at
        elif isinstance(new, rhythm.Every):
            self.every = new.seconds

    @property
    def url(self) -> str:
        """The path of the schedule's page."""
        return reverse("samovar:schedule", args=[self.pk])

    @property
    def words(self) -> str:
        """When it ticks, in the active language; what is wrong, where its rhythm is not known."""
        try:
            return rhythm.words(self.rhythm, self.zone)
        except rhythm.InvalidRhythm as error:
            return str(error)

    def tick_after(self, at: dt.datetime) -> dt.datetime | None:
        """Return the first tick after `at`, None when it is beyond the end."""
        tick = self.rhythm.after(at)
        return None if tick and self.ends_at and tick > self.ends_at else tick

    def next_ticks(self, count: int) -> list[dt.datetime]:
        """Return the next ticks, as many as there are and at most `count`; none while it is
        paused, or where its rhythm is not known.
        """
        ticks: list[dt.datetime] = []
        tick = None if self.paused_at else self.next_at
        while tick and len(ticks) < count:
            ticks.append(tick)
            try:
                tick = self.tick_after(tick)
            except rhythm.InvalidRhythm:
                return []
        return ticks

    def advance(self, to: dt.datetime | None) -> bool:
        """Move on from the tick that this object knows; answer whether it was still to come."""
        rows = Schedule.objects.filter(pk=self.pk, next_at=self.next_at, paused_at=None)
        return bool(rows.update(next_at=to))

    def pause(self, *, now: dt.datetime) -> bool:
        """Let it tick no more until it is resumed; answer whether it was not paused before."""
        return bool(Schedule.objects.filter(pk=self.pk, paused_at=None).update(paused_at=now))

    def resume(self, *, now: dt.datetime) -> None:
        """Let it tick again from now on; what it missed is not made up for. Raises InvalidRhythm
        when its zone or expression is not known here.
        """
        Schedule.objects.filter(pk=self.pk).exclude(paused_at=None).update(
            paused_at=None, next_at=self.tick_after(now)
        )
