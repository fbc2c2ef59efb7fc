"""The shapes of the answers, as `openapi.json` tells them.

Instants are RFC 3339 in UTC, with microseconds.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from samovar.models import AttemptState, RunState
from samovar.models.ladder import LadderStep

Instant = str


class Shape(Schema):
    """An answer; what the ledger tells beyond the declared members passes through."""

    model_config = ConfigDict(extra="allow")


class ProblemShape(Shape):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultShape] | None = Field(None, description="With 422: one for each fault.")


class FaultShape(Shape):
    """What is wrong with one field."""

    field: str
    message: str


class JobShape(Shape):
    """A job: a function that can be started."""

    name: str
    title: str
    help: str
    queue: str
    priority: int
    confirm: str | None = Field(
        description="What a person has to agree to on the start form; a program asks its own."
    )
    url: str = Field(description="The page with its form.")


class JobWithSchema(JobShape):
    """A job, and what its params must look like."""

    params: dict[str, Any] = Field(description="JSON Schema of the params.")


class ProgressShape(Shape):
    """How far a run is; a member is null until it is known."""

    done: float | None
    total: float | None
    percent: float | None = Field(description="0 to 100; never goes back within an attempt.")
    text: str | None
    eta_seconds: float | None


class ErrorShape(Shape):
    """Why a run failed."""

    type: str
    message: str


class StepShape(Shape):
    """A step that a cancel has taken."""

    step: LadderStep
    at: Instant


class CancellationShape(Shape):
    """How far the end that somebody asked for has come."""

    by: str | None = Field(description="Who asked; null when nobody is known.")
    ladder: list[StepShape] = Field(description="The steps taken so far, the request first.")


class RunShape(Shape):
    """A run: one request to perform a job."""

    id: UUID
    job: str
    state: RunState
    params: dict[str, Any]
    progress: ProgressShape
    result: Any
    error: ErrorShape | None
    attempt: int = Field(description="The last attempt's number; 0 before the first.")
    max_attempts: int
    queue: str
    owner: str | None = Field(description="The key of whom it belongs to; null when anonymous.")
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    cancellation: CancellationShape | None = Field(
        description="null when nobody has asked for its end."
    )
    url: str = Field(description="The run's page.")


class RunPageShape(Shape):
    """A page of runs, newest first."""

    items: list[RunShape]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class GroupProgressShape(Shape):
    """How many runs of a group have ended."""

    done: int
    total: int
    percent: float


class GroupShape(Shape):
    """Runs that were asked for together."""

    id: UUID
    job: str
    state: RunState = Field(description="How it goes; in the end the worst end of a run.")
    size: int = Field(description="How many runs belong to it.")
    counts: dict[str, int] = Field(description="How many runs stand in each state.")
    progress: GroupProgressShape
    owner: str | None
    created_at: Instant
    finished_at: Instant | None
    url: str = Field(description="The group's page.")


class LineShape(Shape):
    """One line of a log."""

    n: int = Field(description="Counts from 1 over the whole run, without a gap.")
    at: Instant
    attempt: int
    level: str
    stream: Literal["stdout", "stderr", "log", "system"]
    text: str


class LogShape(Shape):
    """Some lines of a run's log."""

    lines: list[LineShape]
    next: int | None = Field(
        description="`after` of the next call; null when the run has ended and no line follows."
    )


class AttemptShape(Shape):
    """One try at a run by one worker."""

    number: int
    state: AttemptState
    worker: str
    host: str
    pid: int | None = Field(description="The runner's.")
    reason: str | None = Field(description="In words: why it was lost or killed.")
    started_at: Instant
    finished_at: Instant | None
    ladder: list[StepShape] = Field(description="The steps of its cancel; none without one.")


class ArtifactShape(Shape):
    """A file that a run produced."""

    name: str
    url: str
    size: int = Field(description="Bytes.")
    sha256: str
    media_type: str
    attempt: int
    created_at: str
    expired_at: str | None = Field(description="When the file was removed because of its age.")


class CentrifugoShape(Shape):
    """Where to listen: a unidirectional WebSocket of Centrifugo."""

    transport: Literal["centrifugo"]
    url: str
    token: str = Field(description='The first frame to send is `{"token": …}`.')
    expires_at: Instant = Field(
        description="Connect before. The connection then lives for the `ttl` that it names."
    )
    channels: list[str]


class SseShape(Shape):
    """Where to listen: Server-Sent Events."""

    transport: Literal["sse"]
    url: str


class NewsShape(Shape):
    """What a channel of an app has said."""

    events: list[dict[str, Any]] = Field(description="Each has channel, event, id and data.")


ProblemShape.model_rebuild()
