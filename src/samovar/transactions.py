"""Say which transaction you mean.

`write()` opens one for a write of ours: on SQLite it first passes the gate, so that the processes
of one host take turns instead of starving each other in SQLite's own busy wait. `after_commit()`
is for what must not happen when the caller's transaction is rolled back. `before_commit()` is for
what takes a lock that others wait for. A network call never stands inside any of them.

# Note [The gate]
A lock between the threads of this process, then a blocking `flock` on one file beside the
database, then BEGIN IMMEDIATE. A caller that is already in a transaction has its turn as any other
writer of SQLite has, by the busy timeout.

# Note [A line that goes deaf]
A connection may stay open and carry nothing more: a proxy that hangs, a host that has gone
without a word. PostgreSQL believes in it for hours, and who was cut off in the middle of a
transaction keeps its locks as long. So the server is told to end a transaction of ours in which it
has not been asked anything for some seconds. One that the caller has opened is the caller's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections, transaction


class _Gate:
    """The gate of one SQLite file on the side of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.depth = 0


IDLE_MILLISECONDS = 10_000
"""See Note [A line that goes deaf]."""


class _Last(threading.local):
    """What the transaction of this thread leaves to its end; None outside one of ours."""

    steps: dict[str, list[Callable[[], None]]] | None = None


_last = _Last()
_turns: dict[str, _Gate] = {}
_turns_guard = threading.Lock()


def is_open(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether this thread is inside a transaction."""
    return connections[using].in_atomic_block


@contextlib.contextmanager
def write(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Open a transaction for a write of ours (joins the caller's when there is one)."""
    connection = connections[using]
    is_outermost = not connection.in_atomic_block
    takes_turns = is_outermost and connection.vendor == "sqlite"
    passed = turn(using) if takes_turns else contextlib.nullcontext()
    with passed, transaction.atomic(using=using), _ended():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}"
                )
        yield


def before_commit(lock: str, step: Callable[[], None]) -> None:
    """Do `step`, which takes the lock of this name, at the end of the outermost `write()`; at once
    when there is none.

    All steps are done in the order of their locks' names, after the rows that the transaction
    writes: so two transactions never wait for each other.
    """
    if _last.steps is None:
        step()
    else:
        _last.steps.setdefault(lock, []).append(step)


@contextlib.contextmanager
def _ended() -> Iterator[None]:
    """Do what the block has left to the end, if it is the outermost."""
    if _last.steps is not None:
        yield
        return
    steps: dict[str, list[Callable[[], None]]] = {}
    _last.steps = steps
    try:
        yield
    finally:
        _last.steps = None
    for lock in sorted(steps):
        for step in steps[lock]:
            step()


@contextlib.contextmanager
def turn(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Hold the gate of a SQLite database: none of our writers writes meanwhile.

    A thread that holds it may pass again: what is done after a commit may write, too.
    """
    name = str(connections[using].settings_dict["NAME"])
    with _turns_guard:
        gate = _turns.setdefault(name, _Gate())
    with gate.lock:
        gate.depth += 1
        try:
            with _held(name) if gate.depth == 1 else contextlib.nullcontext():
                yield
        finally:
            gate.depth -= 1


def after_commit(call: Callable[[], None], using: str = DEFAULT_DB_ALIAS) -> None:
    """Do `call` once the caller's transaction is committed; at once when there is none."""
    transaction.on_commit(call, using=using, robust=True)


@contextlib.contextmanager
def _held(database: str) -> Iterator[None]:
    """Hold the gate's file lock. See Note [The gate]."""
    if database.startswith((":memory:", "file:")):
        yield
        return
    path = Path(database)
    descriptor = os.open(
        path.with_name(path.name + ".turn"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Closing would not do: a process that was forked meanwhile holds a copy.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def reset_after_fork() -> None:
    """Forget locks that a thread of the parent may have held at the fork."""
    global _turns_guard  # noqa: PLW0603 - a lock cannot be reset in place
    _turns_guard = threading.Lock()
    _turns.clear()


os.register_at_fork(after_in_child=reset_after_fork)
