"""Brokers of a test's own, which may be stopped, killed, emptied and frozen."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import redis as client

from tests.rig import missing, rabbitmq, redis, server

Run = Callable[[], AbstractContextManager[subprocess.Popen[bytes]]]


@dataclass(slots=True)
class Broker:
    """A broker at `url`; `empty` takes all messages from it."""

    url: str
    _run: Run
    empty: Callable[[], None]
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Let it run; return when it accepts connections."""
        self._process = self._running.enter_context(self._run())

    def kill(self) -> None:
        """Take it away without a word."""
        self._signal(signal.SIGKILL)
        self._running.close()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hold its connections and answer nothing while the block lasts."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop it."""
        self._running.close()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)


@contextlib.contextmanager
def redis_broker() -> Iterator[Broker]:
    """Give a Redis that is not running yet."""
    if shutil.which(redis.PROGRAM) is None:
        missing.skip(redis.SERVICE, redis.PROGRAM)
    with server.own_folder("redis", None) as folder:
        url, run = redis.at(folder)
        broker = Broker(url, run, lambda: _flush(url))
        with contextlib.closing(broker):
            yield broker


@contextlib.contextmanager
def rabbitmq_broker() -> Iterator[Broker]:
    """Give a RabbitMQ that is not running yet."""
    if (command := rabbitmq.program()) is None:
        missing.skip(rabbitmq.SERVICE, rabbitmq.PROGRAM)
    user = server.account("rabbitmq")
    with server.own_folder("rabbit", user) as folder, rabbitmq.mapper(folder) as environ:
        url, run = rabbitmq.at(folder, command, user, environ)
        broker = Broker(url, run, lambda: rabbitmq.purge(url, "samovar.default"))
        with contextlib.closing(broker):
            yield broker


def _flush(url: str) -> None:
    with client.Redis.from_url(url) as connection:
        connection.flushall()
