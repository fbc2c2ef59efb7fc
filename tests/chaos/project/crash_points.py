"""Crash points: places between two durable steps at which a process of the site can be let die.

They are laid around the product from outside, and only under chaos: each commit has a point before
it, one after it and one before what waits for it; so have each message that is sent, each lock
that changes hands, each attempt's start and end, and each proof that a runner is gone. A point is
called by what is committed (the names of the ledger thread's functions) and its place.

Which point is armed stands in a file, so that one site goes through all of them.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import connections, transaction

RECORD, ARMED, COUNT, HIT = "points", "armed", "count", "hit"
_local = threading.local()


def install(folder: Path) -> None:
    """Lay the points; `folder` holds the files by which they are armed."""
    from samovar import transactions
    from samovar.management import steward
    from samovar.runner import keeper_process
    from samovar.runner.supervisor import Supervisor
    from samovar.runtime import host
    from samovar.runtime.ledger import LedgerThread
    from samovar.runtime.publisher import Publisher

    step = functools.partial(_step, folder)
    transactions.write = _write(transactions.write, step)
    LedgerThread._commit = _named(LedgerThread._commit)
    for owner, name in (
        (Publisher, "_send"),
        (Supervisor, "perform"),
        (keeper_process.Keeper, "_spawn"),
        (keeper_process.Keeper, "_lay_to_rest"),
        (host, "hold"),
        (host, "leave"),
    ):
        setattr(owner, name, _around(getattr(owner, name), f"{owner.__name__}.{name}", step))
    # Workers die often here, and always by us.
    steward.LONGEST_PAUSE = 0.1


def _step(folder: Path, point: str) -> None:
    """Pass a point; die when it is armed and has been passed often enough."""
    with contextlib.suppress(FileNotFoundError):
        armed, _, number = (folder / ARMED).read_text().rpartition("\t")
        if armed == point and _append(folder / COUNT, ".") == int(number):
            (folder / HIT).write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
    if (folder / RECORD).exists():
        _append(folder / RECORD, f"{point}\n")


def _append(path: Path, text: str) -> int:
    """Append to a file; return its size."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text.encode())
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    finally:
        os.close(descriptor)


def _write(write: Callable[..., Any], step: Callable[[str], None]) -> Callable[..., Any]:
    @contextlib.contextmanager
    def wrapped(using: str = "default") -> Iterator[None]:
        if connections[using].in_atomic_block:
            with write(using):
                yield
            return
        names = getattr(_local, "names", None) or [_caller()]

        def all_at(place: str) -> None:
            for name in names:
                step(f"{name}: {place}")

        with write(using):
            transaction.on_commit(lambda: all_at("committed"), using=using)
            yield
            all_at("before the commit")
        all_at("after all")

    return wrapped


def _caller() -> str:
    """Return the name of the function that says `with transactions.write()`."""
    frame = sys._getframe(3)
    module = frame.f_globals["__name__"].removeprefix("samovar.")
    return f"{module}.{frame.f_code.co_qualname}"


def _named(commit: Callable[..., None]) -> Callable[..., None]:
    """Know by name what the ledger thread commits."""

    @functools.wraps(commit)
    def wrapped(self: Any, group: Any) -> None:
        _local.names = sorted({_name(entry[2]) for entry in group})
        try:
            commit(self, group)
        finally:
            _local.names = None

    return wrapped


def _name(function: Any) -> str:
    function = getattr(function, "func", function)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{function.__module__.removeprefix('samovar.')}.{name}"


def _around(
    function: Callable[..., Any], name: str, step: Callable[[str], None]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **options: Any) -> Any:
        step(f"{name}: before")
        answer = function(*args, **options)
        step(f"{name}: after")
        return answer

    return wrapped
