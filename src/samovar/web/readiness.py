"""Whether runs will be performed: database, broker and worker, asked within a deadline.

A broker that is frozen rather than gone answers nothing and refuses nothing, so each question has
a thread of its own, which is left behind when the deadline has passed.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

from django.db import connection

from samovar.conf import load
from samovar.runtime.living import living

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 2.5


def faults() -> dict[str, str]:
    """Return what is wrong by part (`database`, `broker`, `worker`); empty when all is well."""
    answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    for part, check in _CHECKS.items():
        threading.Thread(target=_ask, args=(part, check, answers), daemon=True).start()
    found = dict.fromkeys(_CHECKS, "no answer in time")
    deadline = time.monotonic() + SECONDS
    for _part in _CHECKS:
        try:
            part, fault = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[part] = fault
    return {part: fault for part, fault in found.items() if fault}


def _ask(part: str, check: Callable[[], str], answers: queue.SimpleQueue[tuple[str, str]]) -> None:
    try:
        answers.put((part, check()))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        answers.put((part, f"{type(error).__name__}: {error}"))
    finally:
        connection.close()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _broker() -> str:
    load("ENGINE").ping(SECONDS)
    return ""


def _worker() -> str:
    return "" if living() else "no worker is there; start one with `manage.py samovar worker`"


_CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
}
