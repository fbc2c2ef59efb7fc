"""What a job may say and ask while it runs; outside a run all of it does nothing.

The runner calls `enter` before it calls the body and `leave` after it. There is one context for
the process, so it works from every thread of the job.

# Note [The path of progress]
A job may call `progress` a million times a second. So between the job and the runner's shared
memory stand two global names and one call: `_report` is the context's bound method itself, kept
apart from the context.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import length_hint
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """What a job may know of its own run: `attempt` counts from 1."""

    id: uuid.UUID
    job: str
    attempt: int
    max_attempts: int


class Context(Protocol):
    """What the runner offers to the job that it calls."""

    @property
    def run(self) -> CurrentRun:
        """The run that is performed."""

    def report(self, done: float | None, total: float | None, text: str) -> None:
        """Keep how far the attempt is; must cost no more than a write to memory."""

    def checkpoint(self, state: str) -> None:
        """Hand `state` (JSON text) to the ledger; returns at once."""

    def last_checkpoint(self) -> str | None:
        """Return the JSON text that the run saved last, in this attempt or an earlier one."""


_context: Context | None = None
_report: Callable[[float | None, float | None, str], None] | None = None


def enter(context: Context) -> None:
    """Make `context` the one that the job speaks to."""
    global _context, _report
    _context, _report = context, context.report


def leave() -> None:
    """Forget the context: what a left-over thread says from now on goes nowhere."""
    global _context, _report  # noqa: PLW0603 - likewise
    _context = _report = None


def progress(done: float | None = None, total: float | None = None, text: str = "") -> None:
    """Say how far the job is: `done` of `total` in any unit, and a word on the step.

    A call is one write to memory (see Note [The path of progress]); viewers see the newest value.
    """
    report = _report
    if report is not None:
        report(done, total, text)


def track(iterable: Iterable[T], total: float | None = None, text: str = "") -> Iterator[T]:
    """Yield the items of `iterable` and count them for the progress bar.

    `total` is asked of the iterable when it is not given; a generator has none, so its bar shows
    the count alone until the end. When the iterable is exhausted the bar is full, also when
    `total` was a wrong guess.
    """
    if total is None:
        total = length_hint(iterable, -1)
        total = None if total < 0 else total
    done = 0
    progress(done, total, text)
    for item in iterable:
        yield item
        done += 1
        progress(done, total, text)
    if done != total:
        progress(done, done, text)


def checkpoint(state: Any) -> None:
    """Save `state` (what JSON can hold), so that the next attempt can go on from there.

    Returns at once; the state is in the ledger within a second. Raises TypeError or ValueError
    when JSON cannot hold it.
    """
    context = _context
    if context is not None:
        context.checkpoint(json.dumps(state, allow_nan=False))


def last_checkpoint(default: Any = None) -> Any:
    """Return what the run saved last, or `default` when it has saved nothing."""
    context = _context
    saved = None if context is None else context.last_checkpoint()
    return default if saved is None else json.loads(saved)


def current_run() -> CurrentRun | None:
    """Return the run that this code performs, or None outside a run."""
    context = _context
    return None if context is None else context.run
