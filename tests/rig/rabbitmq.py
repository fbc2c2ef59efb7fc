"""A RabbitMQ node for the tests, with a port mapper of its own, so that nothing outlives it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import Any

from kombu import Connection
from kombu.exceptions import OperationalError

from tests.rig import server
from tests.rig.ports import LOOPBACK, answers, free_port
from tests.rig.waiting import wait_for

SERVICE = "rabbitmq"
PROGRAM = "rabbitmq-server"

# Debian's command on the PATH becomes the user rabbitmq by `su`, which hides the process to stop.
_UNWRAPPED = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def program() -> str | None:
    """Return the program that runs a node; None when there is none."""
    return str(_UNWRAPPED) if _UNWRAPPED.exists() else shutil.which(PROGRAM)


@contextlib.contextmanager
def node(command: str) -> Iterator[str]:
    """Run a node until the block ends; give its URL."""
    user = server.account("rabbitmq")
    with server.own_folder("rabbit", user) as folder, mapper(folder) as environ:
        url, run = at(folder, command, user, environ)
        with run():
            yield url


@contextlib.contextmanager
def mapper(folder: Path) -> Iterator[dict[str, str]]:
    """Run a port mapper for nodes in `folder`; give their environment."""
    environ = _environment(folder, free_port())
    mapped = environ["ERL_EPMD_PORT"]
    with server.running(["epmd", "-port", mapped, "-address", LOOPBACK], folder=folder):
        wait_for(lambda: answers(int(mapped)), 10, "Erlang's port mapper to accept a connection")
        yield environ


def at(
    folder: Path, command: str, user: str | None, environ: dict[str, str]
) -> tuple[str, Callable[[], AbstractContextManager[Popen[bytes]]]]:
    """Return the URL of a node in `folder`, and what runs it, as often as one likes."""
    url = url_at(int(environ["RABBITMQ_NODE_PORT"]))

    @contextlib.contextmanager
    def run() -> Iterator[Popen[bytes]]:
        with server.running([command], folder=folder, user=user, environ=environ) as process:
            wait_for(lambda: takes(url), 60, "RabbitMQ to accept a connection")
            yield process

    return url, run


def purge(url: str, queue: str) -> None:
    """Take all messages from `queue`."""
    with Connection(url) as connection:
        channel: Any = connection.default_channel
        channel.queue_purge(queue)


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(free_port()),
        "RABBITMQ_NODENAME": f"samovar{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }


def url_at(port: int) -> str:
    """Return the URL of the node on `port`."""
    return f"amqp://guest:guest@{LOOPBACK}:{port}//"


def takes(url: str) -> bool:
    """Return whether the node takes a connection."""
    with Connection(url, connect_timeout=2) as connection:
        try:
            connection.connect()
        except (OSError, OperationalError):
            return False
    return True
