"""The servers that a full site needs, each to be killed, frozen and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig import postgresql, rabbitmq, redis, server
from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK, answers, free_port
from tests.rig.waiting import wait_for

START_SECONDS = 180


@dataclass(slots=True)
class Service:
    """One server: its clients come through `cable`, chaos itself by `port`."""

    name: str
    port: int
    command: Sequence[str]
    folder: Path
    user: str | None
    is_ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    is_family: bool = False
    """Whether signals are for all of its processes."""
    process: subprocess.Popen[bytes] | None = None
    _cable: Cable | None = None

    @property
    def cable(self) -> Cable:
        """The line that the site's processes use."""
        if self._cable is None:
            self._cable = Cable(self.port)
        return self._cable

    def start(self) -> None:
        """Serve; return when the server takes connections."""

        def ready() -> bool:
            if self.process is None or self.process.poll() is not None:
                self._begin()  # what a killed one has left may keep the first try from starting
            return self.is_ready()

        wait_for(ready, START_SECONDS, f"{self.name} to be ready")

    def send(self, number: signal.Signals) -> int:
        """Send a signal; return the process's id."""
        assert self.process is not None
        if self.is_family:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.pid

    def end(self, number: signal.Signals) -> None:
        """End the server by a signal, and wait for it."""
        self.send(number)
        assert self.process is not None
        self.process.wait(START_SECONDS)

    def _begin(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )


@contextlib.contextmanager
def postgresql_server() -> Iterator[Service]:
    """Run a PostgreSQL with an empty database `samovar`."""
    programs = postgresql.binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not here; `make services` installs it.")
    user, port = server.account("postgres"), free_port()
    with server.own_folder("chaos-pg", user) as folder:
        command = postgresql.prepared(programs, folder, user, port)

        def is_ready() -> bool:
            made = postgresql.create_database(programs, port)
            return made or _has_database(programs, port)

        service = Service("PostgreSQL", port, command, folder, user, is_ready)
        yield from _running(service)


@contextlib.contextmanager
def redis_server() -> Iterator[Service]:
    """Run a Redis that keeps nothing."""
    port = free_port()
    with server.own_folder("chaos-redis", None) as folder:
        command = redis.command(port, folder)
        yield from _running(Service("Redis", port, command, folder, None, lambda: answers(port)))


@contextlib.contextmanager
def rabbitmq_server() -> Iterator[Service]:
    """Run a RabbitMQ that keeps what its queues hold."""
    program = rabbitmq.program()
    if program is None:
        raise RuntimeError("RabbitMQ is not here; `make services` installs it.")
    user = server.account("rabbitmq")
    with server.own_folder("chaos-rabbit", user) as folder, rabbitmq.mapper(folder) as environ:
        port = int(environ["RABBITMQ_NODE_PORT"])
        url = rabbitmq.url_at(port)

        def is_ready() -> bool:
            return rabbitmq.takes(url)

        command = [program]
        service = Service(
            "RabbitMQ", port, command, folder, user, is_ready, environ, is_family=True
        )
        yield from _running(service)


def _running(service: Service) -> Iterator[Service]:
    try:
        service.start()
        yield service
    finally:
        service.cable.close()
        service.end(signal.SIGQUIT if service.name == "PostgreSQL" else signal.SIGKILL)


def _has_database(programs: Path, port: int) -> bool:
    command = [programs / "psql", "-h", LOOPBACK, "-p", str(port), "-U", "samovar", "-c", "SELECT"]
    asked = subprocess.run(
        command, check=False, capture_output=True, env={**os.environ, "PGDATABASE": "samovar"}
    )
    return asked.returncode == 0
