"""The run: one request to perform a job, and every edge of its life (docs/states.md).

Each edge is one method: a conditional UPDATE on state (and, while an attempt lives, on its token)
that answers *won* or *lost*. Nothing else writes `state`. A method that wins refreshes nothing:
the caller reads again what it needs.

# Note [The lease]
A claim writes `token`, `worker` and `lease_until`. Every write of the attempt names the token;
when the UPDATE finds no row, the attempt is *fenced*: another holds the run, or it has ended.
`lease_until` compares with the database's clock.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.models.fields import IdField, uuid7
from samovar.models.queue import Queue
from samovar.models.statement import Computed, Kind, Param, Statement, first, grown, later

if TYPE_CHECKING:
    from samovar.types import Fault


class RunState(models.TextChoices):
    """The states of a run."""

    SCHEDULED = "scheduled", _("scheduled")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    CANCELLING = "cancelling", _("cancelling")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


WAITING = (RunState.SCHEDULED, RunState.QUEUED)
"""No attempt of the run lives, and one may come."""
HELD = (RunState.RUNNING, RunState.CANCELLING)
"""An attempt holds the run's lease."""
FINAL = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)
"""The ends; nothing leads out of them."""


class Source(models.TextChoices):
    """Where a run was asked for."""

    CODE = "code", _("code")
    WEB = "web", _("site")
    API = "api", _("API")
    COMMAND = "command", _("command")


class RunQuerySet(models.QuerySet["Run"]):
    """Filters over runs; no query here changes a state."""

    def newest_first(self) -> Self:
        """Order as every list does: by creation, then id, newest first."""
        return self.order_by("-created_at", "-id")

    def active(self) -> Self:
        """Keep the runs that have not ended."""
        return self.filter(state__in=(*WAITING, *HELD))

    def claimable(self) -> Self:
        """Keep the queued runs that may begin now: in time, and in a queue that is not paused."""
        in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
        paused = Queue.objects.exclude(paused_at=None).values("name")
        return self.filter(in_time, state=RunState.QUEUED).exclude(queue__in=paused)

    def waiting_in_line(self) -> Self:
        """Keep queued runs, in the order in which they are claimed."""
        return self.filter(state=RunState.QUEUED).order_by("-priority", "created_at", "id")

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


class Run(models.Model):
    """One request to perform a job: the row that a person follows."""

    id = IdField(primary_key=True, default=uuid7, editable=False)
    job = models.CharField(_("job"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=RunState)
    params = models.JSONField(_("params"), default=dict)
    result = models.JSONField(_("result"), null=True)
    error = models.JSONField(_("error"), null=True)
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
    queue = models.CharField(_("queue"), max_length=64, default="default")
    priority = models.SmallIntegerField(_("priority"), default=0)
    after = models.CharField(max_length=4, default="run")
    """Where the page of the person who watched goes at success: stays on the "run", or to the
    "form".
    """

    created_at = models.DateTimeField(_("created"), default=clock.now)
    available_at = models.DateTimeField(null=True)
    """When a scheduled run becomes queued."""
    expires_at = models.DateTimeField(null=True)
    """After this instant a run that has not started fails."""
    started_at = models.DateTimeField(_("started"), null=True)
    """When the first attempt began."""
    finished_at = models.DateTimeField(_("finished"), null=True)
    cancel_requested_at = models.DateTimeField(null=True)

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
                condition=Q(state="queued"),
                name="samovar_run_line",
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
            models.Index(fields=["-created_at", "-id"], name="samovar_run_newest"),
            models.Index(fields=["job", "-created_at", "-id"], name="samovar_run_job"),
            models.Index(fields=["state", "-created_at", "-id"], name="samovar_run_state"),
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

    def refresh(self) -> Self:
        """Read the run again from the ledger and return it."""
        self.refresh_from_db()
        return self

    # The edges of docs/states.md.

    def enqueue(self) -> bool:
        """scheduled → queued: its time has come."""
        return self._move(
            (RunState.SCHEDULED,),
            RunState.QUEUED,
            available_at=None,
            dispatched_at=later(dt.timedelta()),
        )

    def claim(
        self, *, token: uuid.UUID, worker_id: uuid.UUID, lease: dt.timedelta, now: dt.datetime
    ) -> bool:
        """queued → running: a worker takes the run. See Note [The lease]."""
        return self._move(
            (RunState.QUEUED,),
            RunState.RUNNING,
            token=token,
            worker_id=worker_id,
            lease_until=later(lease),
            attempt=grown(1),
            started_at=first(now),
            attempt_started_at=now,
            progress_done=None,
            progress_total=None,
            progress_percent=None,
            progress_text="",
        )

    def succeed(self, *, token: uuid.UUID, result: Any, now: dt.datetime) -> bool:
        """running → succeeded: the job returned."""
        return self._end(RunState.SUCCEEDED, token, now, result=result)

    def fail(
        self,
        *,
        token: uuid.UUID,
        fault: Fault,
        now: dt.datetime,
        failures: int = 0,
        losses: int = 0,
    ) -> bool:
        """running → failed: no retry left, a hard timeout, or the last allowed loss."""
        return self._end(
            RunState.FAILED,
            token,
            now,
            error={"type": fault.type, "message": fault.message},
            traceback=fault.traceback,
            failures=grown(failures),
            losses=grown(losses),
        )

    def retry(self, *, token: uuid.UUID, wait: dt.timedelta) -> bool:
        """running → scheduled: an error with a retry left."""
        return self._leave(RunState.SCHEDULED, token, available_at=later(wait), failures=grown(1))

    def rescue(self, *, token: uuid.UUID) -> bool:
        """running → queued: the runner or the worker was lost."""
        return self._leave(RunState.QUEUED, token, losses=grown(1), dispatched_at=None)

    def release(self, *, token: uuid.UUID) -> bool:
        """running → queued: the worker hands the run back, at no cost."""
        return self._leave(RunState.QUEUED, token, dispatched_at=None)

    def request_cancel(self, *, now: dt.datetime) -> bool:
        """running → cancelling: somebody asked for the end."""
        return self._move((RunState.RUNNING,), RunState.CANCELLING, cancel_requested_at=now)

    def confirm_cancel(self, *, token: uuid.UUID, now: dt.datetime) -> bool:
        """cancelling → cancelled: nothing of the attempt is left."""
        return self._move(
            (RunState.CANCELLING,), RunState.CANCELLED, token, finished_at=now, **_NO_LEASE
        )

    def cancel(self, *, now: dt.datetime) -> bool:
        """queued or scheduled → cancelled: it had not begun."""
        return self._move(
            WAITING,
            RunState.CANCELLED,
            cancel_requested_at=now,
            finished_at=now,
            available_at=None,
        )

    def expire(self, *, fault: Fault, now: dt.datetime) -> bool:
        """queued → failed: its start deadline has passed."""
        return self._move(
            (RunState.QUEUED,),
            RunState.FAILED,
            finished_at=now,
            error={"type": fault.type, "message": fault.message},
        )

    def _end(self, to: RunState, token: uuid.UUID, now: dt.datetime, **changes: Any) -> bool:
        return self._move((RunState.RUNNING,), to, token, finished_at=now, **_NO_LEASE, **changes)

    def _leave(self, to: RunState, token: uuid.UUID, **changes: Any) -> bool:
        return self._move((RunState.RUNNING,), to, token, **_NO_LEASE, **changes)

    def _move(
        self,
        frm: tuple[RunState, ...],
        to: RunState,
        token: uuid.UUID | None = None,
        /,
        **changes: Any,
    ) -> bool:
        kinds, values = {}, {}
        for column, change in changes.items():
            is_computed = isinstance(change, Computed)
            kinds[column] = change.kind if is_computed else None
            values[column] = change.value if is_computed else change
        edge = _edge(frm, to, token is not None, tuple(kinds.items()))
        return bool(edge.run(pk=self.pk, held=token, **values))


_NO_LEASE: dict[str, Any] = {"token": None, "worker": None, "lease_until": None}


@functools.cache
def _edge(
    frm: tuple[RunState, ...],
    to: RunState,
    is_held: bool,  # noqa: FBT001 - a part of the key
    kinds: tuple[tuple[str, Kind | None], ...],
) -> Statement:
    """Return the UPDATE of one kind of edge."""
    rows = Run.objects.filter(pk=Param("pk", Param.of(Run, "id").output_field), state__in=frm)
    if is_held:
        rows = rows.filter(token=Param("held", Param.of(Run, "token").output_field))
    changes = {
        column: kind.compose(column, Param(column, kind.field)) if kind else Param.of(Run, column)
        for column, kind in kinds
    }
    return Statement.update(rows, state=to, version=F("version") + 1, **changes)
