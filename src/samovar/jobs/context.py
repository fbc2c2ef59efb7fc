"""What a job may say and ask while it runs; outside a run all of it does nothing.

The runner calls `enter` before it calls the body and `leave` after it. There is one context for
the process, so it works from every thread of the job.

# Note [The path of progress]
A job may call `progress` a million times a second. So between the job and the runner's shared
memory stand two global names and one call: `_report` is the context's bound method itself, kept
apart from the context.
"""

from __future__ import annotations

import io
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import length_hint
from typing import Any, BinaryIO, Protocol, TypeVar

from django.utils.translation import gettext as _

from samovar.exceptions import HandedBack
from samovar.jobs.resuming import Keeper, Loop, Trail
from samovar.jobs.strict_json import strict_json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """What a job may know of its own run: `attempt` counts from 1."""

    id: uuid.UUID
    job: str
    attempt: int
    max_attempts: int


class Context(Keeper, Protocol):
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

    def keep_file(self, name: str, content: BinaryIO) -> None:
        """Store what `content` holds as the run's artifact `name`."""


_context: Context | None = None
_report: Callable[[float | None, float | None, str], None] | None = None
_trail: Trail | None = None
_is_asked_to_leave = False


def enter(context: Context) -> None:
    """Make `context` the one that the job speaks to."""
    global _context, _report, _trail
    _context, _report, _trail = context, context.report, Trail(context)


def leave() -> None:
    """Forget the context: what a left-over thread says from now on goes nowhere."""
    global _context, _report, _trail  # noqa: PLW0603 - likewise
    _context = _report = _trail = None


def ask_to_leave() -> None:
    """Let a resumable job hand its run back as soon as its state is saved; never taken back."""
    global _is_asked_to_leave  # noqa: PLW0603 - likewise
    _is_asked_to_leave = True


def _leave_if_asked() -> None:
    """Raise HandedBack in the job's own thread, when its worker stops."""
    if _is_asked_to_leave and threading.current_thread() is threading.main_thread():
        raise HandedBack(_("The worker stops."))


def progress(done: float | None = None, total: float | None = None, text: str = "") -> None:
    """Say how far the job is: `done` of `total` in any unit, and a word on the step.

    A call is one write to memory (see Note [The path of progress]); viewers see the newest value.
    """
    report = _report
    if report is not None:
        report(done, total, text)


def track(
    iterable: Iterable[T], total: float | None = None, text: str = "", *, resume: bool = False
) -> Iterator[T]:
    """Yield the items of `iterable` and count them for the progress bar.

    `total` is asked of the iterable when it is not given; a generator has none, so its bar shows
    the count alone until the end. When the iterable is exhausted the bar is full, also when
    `total` was a wrong guess.

    With `resume=True` the next attempt goes on behind the last item that was completed, whatever
    ended this one. The iterable must give the same items in the same order each time; when its
    length has changed, the loop begins again with the first item, and the log says so. The item
    that was under way at a kill is done again. Raises RuntimeError in another thread than the
    job's own. See Note [The trail] in resuming.py.
    """
    if total is None:
        total = length_hint(iterable, -1)
        total = None if total < 0 else total
    if resume and _trail is not None:
        yield from _track_on(Loop(_trail, iterable, total), total, text)
        return
    done = 0
    progress(done, total, text)
    for item in iterable:
        yield item
        done += 1
        progress(done, total, text)
    if done != total:
        progress(done, done, text)


def _track_on(loop: Loop[T], total: float | None, text: str) -> Iterator[T]:
    """Yield what earlier attempts have left of a loop."""
    with loop:
        progress(loop.done, total, text)
        for item in loop.items():
            yield item
            loop.complete()
            progress(loop.done, total, text)
            _leave_if_asked()
        if loop.done != total:
            progress(loop.done, loop.done, text)


def checkpoint(state: Any) -> None:
    """Save `state` (what JSON can hold), so that the next attempt can go on from there.

    Returns at once; the state is in the ledger within a second. Raises TypeError or ValueError,
    and saves nothing, when JSON or a database cannot hold it, or its text is longer than
    LONGEST_CHECKPOINT. When a `resumable` job's worker stops, its next checkpoint hands the run
    back.
    """
    context, trail = _context, _trail
    if context is None or trail is None:
        return
    context.checkpoint(_checkpoint_text(state))
    if not trail.is_open:
        _leave_if_asked()


def last_checkpoint(default: Any = None) -> Any:
    """Return what the run saved last, or `default` when it has saved nothing."""
    context = _context
    saved = None if context is None else context.last_checkpoint()
    return default if saved is None else json.loads(saved)


LONGEST_CHECKPOINT = 1024 * 1024
"""Characters of JSON: it is written again and again, so it is no place for data."""


def _checkpoint_text(state: Any) -> str:
    try:
        text = strict_json(state)
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            _(
                "The checkpoint cannot be saved: {error}. JSON holds texts, numbers, True, False, "
                "None, lists and dicts of them."
            ).format(error=error)
        ) from error
    if len(text) > LONGEST_CHECKPOINT:
        raise ValueError(
            _(
                "The checkpoint has {size} characters as JSON; at most {limit} are saved. Write "
                "the data to a file or a table, and save where it is."
            ).format(size=len(text), limit=LONGEST_CHECKPOINT)
        )
    return text


LONGEST_NAME = 120


def artifact(name: str, file: str | os.PathLike[str] | bytes | BinaryIO) -> None:
    """Keep a file that the run has made: it can be downloaded from the run's page at once.

    `file` is a path, the bytes themselves, or a binary file that is read from where it stands. It
    is copied, so it may be deleted after. The same name again replaces the file, in a later
    attempt too. Raises ValueError for a `name` that no file can have, OSError when the file cannot
    be read or stored.
    """
    context = _context
    if context is None:
        return
    if not _is_file_name(name):
        raise ValueError(
            _(
                "An artifact cannot be named {name!r}: give a file's name without a folder, of at "
                "most {limit} characters."
            ).format(name=name, limit=LONGEST_NAME)
        )
    if isinstance(file, bytes):
        context.keep_file(name, io.BytesIO(file))
    elif isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as content:  # noqa: PTH123 - Path.open says the same
            context.keep_file(name, content)
    else:
        context.keep_file(name, file)


def _is_file_name(name: object) -> bool:
    return (
        isinstance(name, str)
        and 0 < len(name) <= LONGEST_NAME
        and name not in (".", "..")
        and name.isprintable()
        and not set(name) & set("/\\")
    )


def current_run() -> CurrentRun | None:
    """Return the run that this code performs, or None outside a run."""
    context = _context
    return None if context is None else context.run
