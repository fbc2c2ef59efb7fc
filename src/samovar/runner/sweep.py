"""The keeper's proof that nothing of a runner is left.

The keeper is a subreaper, so every orphan among its descendants becomes its child: once the kernel
says that there is no child left to wait for, there is no descendant either.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass, field

from samovar.brand import all_pids, put_down, stat


@dataclass(slots=True)
class Reaper:
    """Reaps children and remembers how each of those asked for ended."""

    _ends: dict[int, tuple[int, resource.struct_rusage]] = field(default_factory=dict)

    def reap(self) -> bool:
        """Reap what has ended; answer whether children are left."""
        try:
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    return True
                self._ends[pid] = status, usage
        except ChildProcessError:
            return False

    def take_end(self, pid: int) -> tuple[int, int]:
        """Return the exit code of a reaped child (negative: the signal) and its memory peak in
        bytes; forget the others.
        """
        status, usage = self._ends[pid]
        self._ends.clear()
        return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024

    def has_seen(self, pid: int) -> bool:
        """Return whether this child has been reaped."""
        return pid in self._ends


def sweep(reaper: Reaper, *, seconds: float) -> bool:
    """Kill and reap all descendants of this process; answer whether the kernel says that none is
    left.
    """
    return put_down(lambda: _descendants() if reaper.reap() else None, seconds=seconds)


def _descendants() -> list[int]:
    """Return the living descendants of this process.

    By the parents in /proc/*/stat: /proc/*/children is missing on some kernels.
    """
    children: dict[int, list[int]] = {}
    for pid in all_pids():
        if (seen := stat(pid)) is not None:
            state, parent = seen
            # A zombie's children have been given away already.
            if state not in "ZX":
                children.setdefault(parent, []).append(pid)
    found: list[int] = []
    unvisited = [os.getpid()]
    while unvisited:
        below = children.get(unvisited.pop(), [])
        found += below
        unvisited += below
    return found
