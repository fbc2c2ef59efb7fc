"""The group: runs that were asked for together, and are followed as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.models.fields import IdField, uuid7
from samovar.models.run import Run, RunQuerySet
from samovar.models.states import FINAL, HELD, WAITING, RunState


@dataclass(frozen=True, slots=True)
class Tally:
    """How many runs of a group stand in each state, and how many there will be."""

    counts: Mapping[str, int]
    size: int

    @property
    def done(self) -> int:
        """How many have ended."""
        return sum(self.counts.get(state, 0) for state in FINAL)

    @property
    def percent(self) -> float:
        """0 to 100; 100 only when all have ended."""
        return 100.0 * self.done / self.size if self.size else 100.0

    @property
    def state(self) -> RunState:
        """The group's state in the words of its runs: how it goes, or the worst end of one."""
        if self.done < self.size:
            begun = self.done or any(self.counts.get(state) for state in HELD)
            return RunState.RUNNING if begun else RunState.QUEUED
        worst = (RunState.FAILED, RunState.CANCELLED)
        return next((state for state in worst if self.counts.get(state)), RunState.SUCCEEDED)


class GroupQuerySet(models.QuerySet["Group"]):
    """Filters over groups."""

    def over(self) -> Self:
        """Keep the groups not yet marked as finished of which no run goes on."""
        runs = Run.objects.order_by().filter(group=OuterRef("pk"))
        count = runs.values("group").annotate(count=Count("pk")).values("count")
        return self.filter(
            ~Exists(runs.filter(state__in=(*WAITING, *HELD))),
            finished_at=None,
            # A group that Celery's canvas makes gets its runs one by one.
            size__lte=Coalesce(Subquery(count), 0),
        )


class Group(models.Model):
    """Runs that were asked for together. Its state is not kept: `tally` counts the runs."""

    id = IdField(primary_key=True, default=uuid7, editable=False)
    job = models.CharField(_("job"), max_length=64)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    again_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    size = models.IntegerField()
    """How many runs belong to it."""
    parts = models.JSONField(null=True)
    """The ids of the runs in the order of their results; None when they were made in order."""

    objects = GroupQuerySet.as_manager()

    class Meta:
        """An index for the groups that go on."""

        verbose_name = _("group")
        verbose_name_plural = _("groups")
        indexes = [
            models.Index(
                fields=["id"], condition=Q(finished_at__isnull=True), name="samovar_group_open"
            )
        ]

    def __str__(self) -> str:
        """Return the job's name and the id."""
        return f"{self.job} {self.id}"

    def get_absolute_url(self) -> str:
        """Return the address of the group's page."""
        return reverse("samovar:group", args=[self.id])

    @property
    def url(self) -> str:
        """The address of the group's page."""
        return self.get_absolute_url()

    @property
    def state(self) -> str:
        """The group's state now, counted in the ledger."""
        return str(self.tally().state)

    @property
    def runs(self) -> RunQuerySet:
        """The runs of the group."""
        return Run.objects.filter(group=self)

    def tally(self) -> Tally:
        """Count the runs by state: one query, over an index."""
        rows: Any = self.runs.order_by().values_list("state").annotate(Count("pk"))
        return Tally(dict(rows), self.size)

    def results(self) -> list[Any]:
        """Return the results of all runs in their order."""
        rows = self.runs.order_by("created_at", "id").values_list("pk", "result")
        results = {str(pk): result for pk, result in rows}
        return [results.get(pk) for pk in self.parts or results]

    def refresh(self) -> Self:
        """Read the group again from the ledger and return it."""
        self.refresh_from_db()
        return self
