"""What a supervisor is asked to perform, and where what the job says goes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from samovar.models.ladder import LadderStep
from samovar.runner.frames import Frame
from samovar.types import Batch, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One attempt to perform. Times are in seconds; a timeout of None means that there is none.

    `params` are as the ledger keeps them. `brand` tells the attempt from every other (see
    samovar.brand). `checkpoint` and `trail` are the JSON texts that the run saved last.
    """

    run_id: uuid.UUID
    job: str
    params: Mapping[str, Any]
    attempt: int
    max_attempts: int
    brand: int
    checkpoint: str | None = None
    trail: str | None = None
    soft_timeout: float | None = None
    timeout: float | None = None
    cancel_grace: float = 5.0

    def start_frame(self, word: str) -> Frame:
        """Return what the runner is told; its in-band records will carry `word`."""
        return {
            "run_id": str(self.run_id),
            "job": self.job,
            "params": dict(self.params),
            "attempt": self.attempt,
            "max_attempts": self.max_attempts,
            "brand": self.brand,
            "checkpoint": self.checkpoint,
            "trail": self.trail,
            "soft_timeout": self.soft_timeout,
            "word": word,
        }


class Recorder(Protocol):
    """Takes what an attempt says, in order. A call may block, to let the ledger keep up: the job
    then waits on its pipe.
    """

    def lines(self, batches: Sequence[Batch], /) -> None:
        """Keep lines of the log."""

    def progress(self, progress: Progress, /) -> None:
        """Keep how far the attempt is; the newest counts."""

    def checkpoint(self, state: str, /) -> None:
        """Keep what the next attempt may go on from (JSON text); the newest counts."""

    def trail(self, trail: str, /) -> None:
        """Keep where the resumable loops stand (JSON text); the newest counts."""

    def step(self, step: LadderStep, /) -> None:
        """Keep that the cancel of the run has taken `step` now; the first time counts."""

    def artifact(self, stored: Mapping[str, Any], /) -> None:
        """Keep the record of a file that has been stored."""
