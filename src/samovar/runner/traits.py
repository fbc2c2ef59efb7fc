"""The traits of a process: what a job may change of it for whoever comes next, and what cannot or
should not be changed back. A runner that has others than at its start serves no other attempt.
"""

from __future__ import annotations

import gc
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

MOST_DESCRIPTORS = 64
"""As many more descriptors may an attempt leave open: caches and connections do so, too."""

_LIMITS = tuple(
    sorted(
        number
        for name, number in vars(resource).items()
        # The brand is one of them, and each attempt has another (see samovar.brand).
        if name.startswith("RLIMIT_") and name != "RLIMIT_RTTIME"
    )
)

_TRAITS: dict[str, Callable[[], Any]] = {
    "user": os.getresuid,
    "group": os.getresgid,
    "resource limits": lambda: tuple(map(resource.getrlimit, _LIMITS)),
    "priority": lambda: os.getpriority(os.PRIO_PROCESS, 0),
    "processors": lambda: os.sched_getaffinity(0),
    "recursion limit": sys.getrecursionlimit,
    "tracing": lambda: (sys.gettrace(), sys.getprofile()),
    "garbage collection": gc.isenabled,
    "sockets' default timeout": socket.getdefaulttimeout,
}


class Traits:
    """Remembers how the process was when it started."""

    def __init__(self) -> None:
        self._before = {name: read() for name, read in _TRAITS.items()}
        self._free = _free_descriptor()

    def changed(self) -> str:
        """Return what is different now, in a few words; "" when nothing is."""
        for name, read in _TRAITS.items():
            if read() != self._before[name]:
                return f"the job has changed its {name}"
        if _free_descriptor() - self._free > MOST_DESCRIPTORS:
            return "it has left many descriptors open"
        return ""


def _free_descriptor() -> int:
    """Return the lowest number that is free: it grows with what is left open, and to ask for it is
    cheaper than to count.
    """
    number = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.close(number)
    return number
