"""The ledger: one table a file. Transitions of a run are methods of `Run`."""

from __future__ import annotations

from samovar.models.artifact import Artifact
from samovar.models.attempt import Attempt, AttemptState
from samovar.models.bearer import BearerToken
from samovar.models.counter import Counter
from samovar.models.group import Group
from samovar.models.idempotency import IdempotencyKey
from samovar.models.leader import Leader
from samovar.models.log import Chunk
from samovar.models.queue import Queue
from samovar.models.run import Run
from samovar.models.schedule import CatchUp, Origin, Overlap, Schedule
from samovar.models.states import FINAL, HELD, WAITING, RunState, Source
from samovar.models.tick import Tick, TickOutcome
from samovar.models.upload import Upload, UploadUse
from samovar.models.worker import Worker

__all__ = [
    "FINAL",
    "HELD",
    "WAITING",
    "Artifact",
    "Attempt",
    "AttemptState",
    "BearerToken",
    "CatchUp",
    "Chunk",
    "Counter",
    "Group",
    "IdempotencyKey",
    "Leader",
    "Origin",
    "Overlap",
    "Queue",
    "Run",
    "RunState",
    "Schedule",
    "Source",
    "Tick",
    "TickOutcome",
    "Upload",
    "UploadUse",
    "Worker",
]
