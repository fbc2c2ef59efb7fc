"""A Redis server for the tests: on a free port, keeping nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

from tests.rig import server
from tests.rig.ports import LOOPBACK, answers, free_port
from tests.rig.waiting import wait_for

SERVICE = "redis"
PROGRAM = "redis-server"


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run Redis until the block ends; give its URL."""
    with server.own_folder("redis", None) as folder:
        url, run = at(folder)
        with run():
            yield url


def at(folder: Path) -> tuple[str, Callable[[], AbstractContextManager[Popen[bytes]]]]:
    """Return the URL of a Redis in `folder`, and what runs it, as often as one likes."""
    port = free_port()

    @contextlib.contextmanager
    def run() -> Iterator[Popen[bytes]]:
        with server.running(command(port, folder), folder=folder) as process:
            wait_for(lambda: answers(port), 10, "Redis to accept a connection")
            yield process

    return f"redis://{LOOPBACK}:{port}/0", run


def command(port: int, folder: Path) -> list[str]:
    """Return the command that serves on `port`."""
    return [PROGRAM, "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder),
            "--save", "", "--appendonly", "no"]  # fmt: skip
