"""A Redis server for the tests: on a free port, keeping nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.rig import server
from tests.rig.ports import LOOPBACK, answers, free_port
from tests.rig.waiting import wait_for

SERVICE = "redis"
PROGRAM = "redis-server"


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run Redis until the block ends; give its URL."""
    port = free_port()
    with server.own_folder("redis", None) as folder:
        command = [PROGRAM, "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder),
                   "--save", "", "--appendonly", "no"]  # fmt: skip
        with server.running(command, folder=folder):
            wait_for(lambda: answers(port), 10, "Redis to accept a connection")
            yield f"redis://{LOOPBACK}:{port}/0"
