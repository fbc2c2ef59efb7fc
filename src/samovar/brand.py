"""The brand: a number that a runner sets as a resource limit of its own, and that all it starts
inherit.

A process may leave its session, its parent and its environment; its resource limits stay.
RLIMIT_RTTIME serves, because it means something only for real-time processes, and a brand is so
large (thirteen days at least) that it would never be felt.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import signal
import time
from collections.abc import Callable, Iterable

_LIMIT = b"Max realtime timeout"
_LONGEST_PAUSE = 0.02


def new_brand() -> int:
    """Return a brand that no other attempt has."""
    return 1 << 61 | secrets.randbits(61)


def wear(brand: int) -> None:
    """Brand this process and all that it will start. A host that bounds the limit itself leaves it
    unbranded.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_RTTIME, (brand, hard))


def find_branded(brand: int) -> list[int]:
    """Return the ids of the living processes of this host that wear `brand`, this one left out."""
    worn = str(brand).encode()
    me = os.getpid()
    return [pid for pid in all_pids() if pid != me and _brand_of(pid) == worn and is_alive(pid)]


def sweep_brand(brand: int, *, seconds: float = 10.0) -> bool:
    """Kill all that wears `brand`; answer whether nothing of it is left after at most
    `seconds`.
    """
    return put_down(lambda: find_branded(brand) or None, seconds=seconds)


def put_down(find: Callable[[], list[int] | None], *, seconds: float) -> bool:
    """Kill what `find` returns until it returns None, the proof that nothing is left; False when
    `seconds` have passed.

    All are stopped before the first is killed: what is stopped cannot fork. A whole process group
    is stopped at once, so one that forks faster than we look loses too.
    """
    end = time.monotonic() + seconds
    stopped: set[int] = set()
    pause = 0.0002
    while (live := find()) is not None:
        if time.monotonic() > end:
            _signal(live, signal.SIGKILL)
            return False
        fresh = [pid for pid in live if pid not in stopped]
        if fresh:
            _stop(fresh)
            stopped.update(fresh)
            continue
        _signal(live, signal.SIGKILL)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return True


def all_pids() -> list[int]:
    """Return the ids of all processes that /proc shows."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - faster


def stat(pid: int) -> tuple[str, int] | None:
    """Return a process's state letter and its parent's id, or None when it is gone."""
    if not (fields := _read(f"/proc/{pid}/stat")):
        return None
    # The name stands in parentheses and may hold anything, parentheses too.
    state, parent = fields[fields.rindex(b")") + 2 :].split(maxsplit=2)[:2]
    return state.decode(), int(parent)


def is_alive(pid: int) -> bool:
    """Return whether the process exists and is no zombie."""
    seen = stat(pid)
    return seen is not None and seen[0] not in "ZX"


def _brand_of(pid: int) -> bytes:
    limits = _read(f"/proc/{pid}/limits")
    at = limits.find(_LIMIT)
    return limits[at + len(_LIMIT) :].split(maxsplit=1)[0] if at >= 0 else b""


def _read(path: str) -> bytes:
    """Read one of the small files of /proc; b"" when its process is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _stop(pids: Iterable[int]) -> None:
    """Stop the processes, and who shares a group with them; never our own group."""
    groups = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    for group in groups - {os.getpgrp()}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGSTOP)
    _signal(pids, signal.SIGSTOP)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
