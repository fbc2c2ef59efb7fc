"""The doorbell: datagrams between real processes, no message ever in anybody's way."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from kombu import Connection, Exchange, Queue

from samovar import conf
from samovar.engine import doorbell
from samovar.engine.bells import LONGEST_MESSAGE, Bell, is_heard, ring

pytestmark = pytest.mark.integration

PUBLISH = """
import sys
import django; django.setup()
from kombu import Connection
from samovar.engine import doorbell
with Connection(doorbell.URL) as connection:
    producer = connection.Producer()
    for n in range(int(sys.argv[1])):
        producer.publish([n], exchange="", routing_key="flood")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bell"


@pytest.fixture
def hang(folder: Path):
    """Hang up a bell that is taken down after the test."""
    with contextlib.ExitStack() as bells:
        yield lambda place=folder: bells.enter_context(contextlib.closing(Bell(place)))


@pytest.fixture
def connection():
    doorbell.register()
    with Connection(doorbell.URL) as connection:
        yield connection


def test_nobody_is_there(folder):
    assert not ring(folder, b"hello")
    assert not folder.exists()


def test_one_listener_hears(folder, hang):
    bell = hang()
    assert ring(folder, b"hello")
    assert bell.read() == b"hello"
    assert bell.read() is None


def test_a_message_rings_one_listener_and_an_idle_one_first(folder, hang):
    busy, idle = hang(), hang()
    busy.mark(is_busy=True)
    for _ in range(5):
        assert ring(folder, b"hello")
    assert [idle.read() for _ in range(5)] == [b"hello"] * 5
    assert busy.read() is None


def test_a_full_listener_drops_and_nothing_blocks(folder, hang):
    hang()
    taken = [ring(folder, b"hello") for _ in range(2000)]
    assert taken[0]
    assert not taken[-1]


def test_the_bell_of_a_killed_listener_is_taken_down(folder, hang):
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / "1.dead"))
    bell = hang()
    bell.mark(is_busy=True)
    while (folder / "1.dead").exists():
        assert ring(folder, b"hello")
        assert bell.read() == b"hello"


def test_close_leaves_nothing(folder):
    Bell(folder).close()
    assert not folder.exists()
    assert not is_heard(folder)


def test_a_deep_folder(tmp_path, hang):
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    bell = hang(deep)
    assert ring(deep, b"hello")
    assert bell.read() == b"hello"


def test_a_message_that_is_too_long_is_refused_with_its_size(folder):
    with pytest.raises(ValueError, match=str(LONGEST_MESSAGE + 1)):
        ring(folder, b"x" * (LONGEST_MESSAGE + 1))


def test_a_fanout_exchange_reaches_every_queue_of_other_processes(connection):
    everybody = Exchange("everybody", type="fanout", auto_delete=True)
    heard: list[tuple[str, object]] = []
    consumers = [
        connection.Consumer(
            Queue(name, everybody, auto_delete=True),
            callbacks=[lambda body, _, name=name: heard.append((name, body))],
            no_ack=True,
        )
        for name in ("one", "two")
    ]
    for consumer in consumers:
        consumer.consume()
    with Connection(doorbell.URL) as other:
        other.Producer().publish("hello", exchange=everybody, declare=[everybody])
    while len(heard) < 2:
        connection.drain_events(timeout=5)
    assert sorted(heard) == [("one", "hello"), ("two", "hello")]


def test_waiting_for_a_message_ends_at_the_timeout(connection):
    with (
        connection.Consumer(Queue("quiet"), callbacks=[lambda *_: None]),
        pytest.raises(TimeoutError),
    ):
        connection.drain_events(timeout=0.05)


def test_a_plain_task_that_nobody_takes_is_not_dropped_silently(connection, caplog):
    with caplog.at_level(logging.WARNING, doorbell.__name__):
        connection.Producer().publish(
            "", exchange="", routing_key="x", headers={"task": "plain", "id": "1"}
        )
    assert "plain[1]" in caplog.text


def test_a_foreign_datagram_is_ignored(connection, caplog):
    heard: list[object] = []
    with connection.Consumer(
        Queue("open"), callbacks=[lambda body, _: heard.append(body)], no_ack=True
    ):
        ring(conf.options().bell / "queues" / "open", b"\xff not ours")
        connection.Producer().publish("ours", exchange="", routing_key="open")
        while not heard:
            connection.drain_events(timeout=5)
    assert heard == ["ours"]
    assert "somebody else" in caplog.text


def test_ten_thousand_messages_of_two_publishers(connection):
    """Neither publisher is ever held up, and the listener reads whatever had room."""
    heard: list[int] = []
    with connection.Consumer(
        Queue("flood"), callbacks=[lambda body, _: heard.append(body[0])], no_ack=True
    ):
        publishers = [
            subprocess.Popen([sys.executable, "-c", PUBLISH, "5000"], env=os.environ)
            for _ in range(2)
        ]
        try:
            while any(publisher.poll() is None for publisher in publishers):
                _drain(connection)
            _drain(connection)
        finally:
            for publisher in publishers:
                publisher.send_signal(signal.SIGKILL)
                publisher.wait()
    assert [publisher.returncode for publisher in publishers] == [0, 0]
    assert len(heard) > 100
    assert all(0 <= number < 5000 for number in heard)


def _drain(connection: Connection) -> None:
    try:
        while True:
            connection.drain_events(timeout=0.02)
    except TimeoutError:
        return
