"""The run: one request to perform a job. Its edges are in `samovar.models.edges`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.jobs import ports
from samovar.models.edges import Edges
from samovar.models.fields import IdField, ReadableJSONField, uuid7
from samovar.models.queue import Queue
from samovar.models.states import FINAL, HELD, WAITING, RunState, Source

if TYPE_CHECKING:
    from samovar.jobs.job import Job


class RunQuerySet(models.QuerySet["Run"]):
    """Filters over runs; no query here changes a state."""

    def newest_first(self) -> Self:
        """Order as every list does: by creation, then id, newest first."""
        return self.order_by("-created_at", "-id")

    def active(self) -> Self:
        """Keep the runs that have not ended."""
        return self.filter(state__in=(*WAITING, *HELD))

    def claimable(self) -> Self:
        """Keep the queued runs that may begin now: admitted, in time, in a queue that is not
        paused.
        """
        in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
        paused = Queue.objects.exclude(paused_at=None).values("name")
        ready = self.filter(in_time, state=RunState.QUEUED, is_admitted=True)
        return ready.exclude(queue__in=paused)

    def waiting_in_line(self) -> Self:
        """Keep queued runs, in the order in which they are claimed."""
        return self.filter(state=RunState.QUEUED).order_by("-priority", "created_at", "id")

    def held_back(self) -> Self:
        """Keep the queued runs that wait for their admission, in the order in which it comes."""
        return self.waiting_in_line().filter(is_admitted=False)

    def held_by(self, tokens: list[uuid.UUID]) -> Self:
        """Keep the runs whose lease is one of `tokens`."""
        return self.filter(state__in=HELD, token__in=tokens)

    def overdue(self) -> Self:
        """Keep the runs whose lease the database's clock has passed."""
        return self.filter(state__in=HELD, lease_until__lt=Now())

    def due(self) -> Self:
        """Keep the scheduled runs whose time has come."""
        return self.filter(state=RunState.SCHEDULED, available_at__lte=Now())

    def expired(self) -> Self:
        """Keep the queued runs whose start deadline has passed."""
        return self.filter(state=RunState.QUEUED, expires_at__lt=Now())


class Run(Edges):
    """One request to perform a job: the row that a person follows."""

    id = IdField(primary_key=True, default=uuid7, editable=False)
    job = models.CharField(_("job"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=RunState)
    params = ReadableJSONField(_("params"), default=dict)
    result = ReadableJSONField(_("result"), null=True)
    error = ReadableJSONField(_("error"), null=True)
    """{"type", "message"} of a failed run."""
    traceback = models.TextField(default="")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    source = models.CharField(max_length=8, choices=Source, default=Source.CODE)
    again_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    group = models.ForeignKey("Group", models.SET_NULL, null=True, blank=True, db_index=False)
    follows = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    """The run whose success this one waits for."""
    follows_failure = models.BooleanField(default=False)
    """Whether it waits for the failure of that run instead, and takes its id."""
    follows_group = models.ForeignKey(
        "Group", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    """The group whose success this one waits for; it takes the list of results."""
    takes = models.CharField(max_length=64, default="")
    """The parameter that takes the result of the run that it follows; "" for none."""
    is_followed = models.BooleanField(default=False)
    """Whether runs may wait for this one's end."""
    queue = models.CharField(_("queue"), max_length=64, default="default")
    priority = models.SmallIntegerField(_("priority"), default=0)
    after = models.CharField(max_length=4, default="run")
    """Where the page of the person who watched goes at success: stays on the "run", or to the
    "form".
    """

    unique_key = models.CharField(max_length=160, null=True)  # noqa: DJ001 - "" is a key too
    """What no two runs of the job have in common while neither has ended; None for all others."""

    limit_key = models.CharField(max_length=161, null=True)  # noqa: DJ001 - "" is the whole job
    """What the limits of the job count the run by (samovar.jobs.limits); None when it has none."""
    is_admitted = models.BooleanField(default=True, db_default=True)
    """Whether the limits of the job let the run begin (samovar.runtime.admission)."""

    created_at = models.DateTimeField(_("created"), default=clock.now)
    available_at = models.DateTimeField(null=True)
    """When a scheduled run becomes queued."""
    expires_at = models.DateTimeField(null=True)
    """After this instant a run that has not started fails."""
    started_at = models.DateTimeField(_("started"), null=True)
    """When the first attempt began."""
    finished_at = models.DateTimeField(_("finished"), null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, default="", db_default="")
    """Who asked for the end: a user's name, or a program's; "" when nobody is known."""
    ladder = models.JSONField(null=True)
    """The steps that the cancel has taken behind its request (samovar.models.ladder)."""

    is_kept = models.BooleanField(_("kept"), default=False)
    """Whether the run stays, however old it gets."""

    attempt = models.IntegerField(_("attempt"), default=0)
    """The last attempt's number; 0 before the first. Counted at the start."""
    max_attempts = models.SmallIntegerField(default=1)
    """How many attempts may end in a raised error."""
    failures = models.IntegerField(default=0)
    """How many attempts ended in a raised error."""
    losses = models.IntegerField(default=0)
    """How many attempts were lost."""
    crashes = models.SmallIntegerField(default=3)
    """The loss that ends the run as failed."""

    worker = models.ForeignKey(
        "Worker",
        models.DO_NOTHING,
        null=True,
        related_name="runs",
        db_constraint=False,
        db_index=False,
    )
    """Who holds the lease; the worker's row may go before the lease ends."""
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    """When the run was last handed to the broker."""

    attempt_started_at = models.DateTimeField(null=True)
    """When the last attempt began: the time left is reckoned from it."""
    progress_done = models.FloatField(null=True)
    progress_total = models.FloatField(null=True)
    progress_percent = models.FloatField(null=True)
    """0 to 100; never goes back within an attempt."""
    progress_text = models.CharField(max_length=200, default="")
    log_lines = models.BigIntegerField(default=0)
    checkpoint = models.JSONField(null=True)
    trail = models.JSONField(null=True)
    """Where the resumable loops stand: place → {"done", "total", "from"}, `from` being where the
    last attempt went on.
    """
    version = models.BigIntegerField(default=0)
    """Grows with each edge and each progress: what a viewer compares."""

    objects = RunQuerySet.as_manager()

    class Meta:
        """Indexes: the line of each queue, the leases, the lists."""

        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [
            models.Index(
                "queue",
                F("priority").desc(),
                "created_at",
                "id",
                condition=Q(state="queued", is_admitted=True),
                name="samovar_run_ready",
            ),
            models.Index(
                "job",
                "limit_key",
                F("priority").desc(),
                "created_at",
                "id",
                condition=Q(state="queued", is_admitted=False),
                name="samovar_run_held_back",
            ),
            models.Index(
                fields=["job", "limit_key"],
                condition=Q(is_admitted=True, limit_key__isnull=False, finished_at__isnull=True),
                name="samovar_run_let_in",
            ),
            models.Index(
                fields=["job", "attempt_started_at"],
                condition=Q(limit_key__isnull=False, attempt_started_at__isnull=False),
                name="samovar_run_pace",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["running", "cancelling"]),
                name="samovar_run_lease",
            ),
            models.Index(
                fields=["available_at"], condition=Q(state="scheduled"), name="samovar_run_due"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="queued", expires_at__isnull=False),
                name="samovar_run_expiry",
            ),
            models.Index(
                fields=["owner", "-created_at", "-id"],
                condition=Q(owner__isnull=False),
                name="samovar_run_owner",
            ),
            models.Index(
                fields=["again_of"], condition=Q(again_of__isnull=False), name="samovar_run_again"
            ),
            models.Index(
                fields=["follows"], condition=Q(follows__isnull=False), name="samovar_run_follows"
            ),
            models.Index(
                fields=["follows_group"],
                condition=Q(follows_group__isnull=False),
                name="samovar_run_follows_group",
            ),
            models.Index(
                fields=["group", "state"],
                condition=Q(group__isnull=False),
                name="samovar_run_group_state",
            ),
            models.Index(
                fields=["group", "-created_at", "-id"],
                condition=Q(group__isnull=False),
                name="samovar_run_group",
            ),
            models.Index(fields=["-created_at", "-id"], name="samovar_run_newest"),
            models.Index(fields=["job", "-created_at", "-id"], name="samovar_run_job"),
            models.Index(fields=["state", "-created_at", "-id"], name="samovar_run_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "unique_key"],
                condition=Q(
                    state__in=["scheduled", "queued", "running", "cancelling"],
                    unique_key__isnull=False,
                ),
                name="samovar_run_unique",
            )
        ]

    def __str__(self) -> str:
        """Return the job's name and the id."""
        return f"{self.job} {self.id}"

    def get_absolute_url(self) -> str:
        """Return the address of the run's page."""
        return reverse("samovar:run", args=[self.id])

    @property
    def url(self) -> str:
        """The address of the run's page."""
        return self.get_absolute_url()

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        return self.state in FINAL

    @property
    def went_on_from(self) -> tuple[int, float | None] | None:
        """Where the last attempt went on, and of how many; None when it began anew."""
        loops = (self.trail or {}).items()
        outer = [step for place, step in loops if "." not in place and step["from"]]
        return (outer[-1]["from"], outer[-1]["total"]) if outer and self.attempt > 1 else None

    def keep(self, *, is_kept: bool) -> None:
        """Mark the run as one to keep, or take the mark away."""
        type(self).objects.filter(pk=self.pk).update(is_kept=is_kept, version=F("version") + 1)
        self.is_kept = is_kept

    def then(self, job: Job[..., Any], /, *args: Any, **kwargs: Any) -> Run:
        """Ask for a run of `job` that begins when this one has succeeded, and return it.

        Its first argument is this run's result, the others are given here. It is part of the
        caller's transaction, and is cancelled when this run ends otherwise. Raises InvalidParams,
        and NothingFollows when this run has ended without success.
        """
        return cast("Run", ports.then()(self, job, args, kwargs))

    def refresh(self) -> Self:
        """Read the run again from the ledger and return it."""
        self.refresh_from_db()
        return self
