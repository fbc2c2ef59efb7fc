"""The processes of one site, found by the data folder that stands in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_NAME = 15
"""What the kernel keeps of a process's name."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process as `/proc` shows it."""

    pid: int
    parent: int
    name: str

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; nothing when the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def processes_of(data: Path) -> list[Process]:
    """Return the live processes of the site in `data`, its jobs' children included."""
    return marked(f"SAMOVAR_DATA={data}")


def marked(mark: str) -> list[Process]:
    """Return the live processes that have `mark` ("NAME=value") in their environment."""
    return sorted(_processes(mark.encode()), key=lambda process: process.pid)


def _processes(mark: bytes) -> Iterator[Process]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield _process(folder)


def _process(folder: Path) -> Process:
    name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
    return Process(int(folder.name), int(rest.split()[1]), name)


class Tree:
    """The processes of a site by the part that they play."""

    def __init__(self, data: Path, reloader: int) -> None:
        self.all = processes_of(data)
        self._reloader = reloader

    def of(self, role: str) -> list[Process]:
        """Return the processes that play `role`."""
        if role == "reloader":
            return [process for process in self.all if process.pid == self._reloader]
        if role == "serving child":
            return [process for process in self.all if process.parent == self._reloader]
        name = f"samovar-{role}"[:LONGEST_NAME]
        return [process for process in self.all if process.name == name]
