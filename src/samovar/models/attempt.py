"""The attempt: one try at a run by one worker, kept for ever beside its run."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from samovar.models.ladder import Taken, ladder_of
from samovar.models.statement import Param, Statement

if TYPE_CHECKING:
    from samovar.types import Fault


class AttemptState(models.TextChoices):
    """How an attempt stands."""

    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    TIMED_OUT = "timed_out", _("timed out")
    LOST = "lost", _("lost")
    RELEASED = "released", _("handed back")


class Attempt(models.Model):
    """One try at a run. `pid` is the runner's; it stands here before the job's first line runs."""

    run = models.ForeignKey("Run", models.CASCADE, related_name="attempts", db_index=False)
    number = models.IntegerField()
    state = models.CharField(max_length=9, choices=AttemptState, default=AttemptState.RUNNING)
    token = models.UUIDField(unique=True)
    worker_id = models.UUIDField()
    worker = models.CharField(max_length=255)
    """The worker's name, which outlives its row."""
    host = models.CharField(max_length=255)
    pid = models.IntegerField(null=True)
    brand = models.BigIntegerField(null=True)
    reason = models.TextField(default="")
    """In words: why it was lost, killed or handed back."""
    error_type = models.CharField(max_length=200, default="")
    error_message = models.TextField(default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """An attempt's number is unique in its run."""

        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="samovar_attempt_number")
        ]

    def __str__(self) -> str:
        """Return the run's id and the attempt's number."""
        return f"{self.run_id} #{self.number}"

    @property
    def ladder(self) -> list[Taken]:
        """The steps of its run's cancel; none unless it is this attempt that was cancelled."""
        is_meant = self.state in (AttemptState.RUNNING, AttemptState.CANCELLED)
        return ladder_of(self.run) if is_meant else []

    @staticmethod
    def is_known(token: uuid.UUID) -> bool:
        """Return whether there is an attempt with this token."""
        return _statements().known.first(token=token) is not None

    @staticmethod
    def begin(**values: Any) -> None:
        """Write a running attempt."""
        _statements().begin.run(**_begun(AttemptState.RUNNING, ""), **values)

    @staticmethod
    def finish(
        token: uuid.UUID,
        state: AttemptState,
        *,
        now: dt.datetime,
        reason: str = "",
        fault: Fault | None = None,
    ) -> bool:
        """End the running attempt that holds `token`; answer whether there was one."""
        return bool(
            _statements().finish.run(
                token=token,
                state=state,
                finished_at=now,
                reason=reason,
                error_type=fault.type[:200] if fault else "",
                error_message=fault.message if fault else "",
            )
        )

    # The two that nearly every attempt goes through, as parts of statements that do more.

    @classmethod
    def begin_from(cls, source: str, **given: str) -> Statement:
        """Return `begin` of a row for each of the table `source`, with what is `given` by it."""
        return Statement.insert(cls, _BEGIN, source, **_begun(_RUNNING, "''"), **given)

    @classmethod
    def succeed_of(cls) -> Statement:
        """Return `finish` of an attempt that has succeeded, which holds `token`, at
        `finished_at`.
        """
        place = functools.partial(Param.of, cls)
        running = cls.objects.filter(token=place("token"), state=AttemptState.RUNNING)
        return Statement.update(
            running, state=AttemptState.SUCCEEDED, finished_at=place("finished_at")
        )


_RUNNING = f"'{AttemptState.RUNNING.value}'"


def _begun(state: str, empty: str) -> dict[str, str]:
    """Return what is the same of every attempt that begins."""
    return {"state": state, "reason": empty, "error_type": empty, "error_message": empty}


class _Statements(NamedTuple):
    known: Statement
    begin: Statement
    finish: Statement


_BEGIN = (
    "run", "number", "state", "token", "worker_id", "worker", "host", "pid", "brand", "reason",
    "error_type", "error_message", "started_at",
)  # fmt: skip


@functools.cache
def _statements() -> _Statements:
    place = functools.partial(Param.of, Attempt)
    mine = Attempt.objects.filter(token=place("token"))
    finish = Statement.update(
        mine.filter(state=AttemptState.RUNNING),
        state=place("state"),
        finished_at=place("finished_at"),
        reason=place("reason"),
        error_type=place("error_type"),
        error_message=place("error_message"),
    )
    known = Statement.select(mine.values_list("number"))
    return _Statements(known, Statement.insert(Attempt, _BEGIN), finish)
