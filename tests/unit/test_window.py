"""The broker is given a bounded number of messages, and is asked now and then how many it has."""

from __future__ import annotations

import pytest

from samovar.runtime.window import REST_SECONDS, STEP, WINDOW, Window

pytestmark = pytest.mark.unit


class Broker:
    """Keeps what is sent, and can say how much that is."""

    def __init__(self) -> None:
        self.held = 0
        self.asked = 0

    def depth(self, _queue: str) -> int:
        self.asked += 1
        return self.held


def send(window: Window, broker: Broker, count: int, now: float = 0.0) -> int:
    """Try to send; return how many were."""
    before = broker.held
    for _ in range(count):
        broker.held += window.takes("default", now=now)
    return broker.held - before


def test_a_broker_that_nobody_empties_gets_a_window_full() -> None:
    broker = Broker()
    window = Window(broker.depth)

    for second in range(10):
        send(window, broker, 10_000, now=second * REST_SECONDS)

    assert broker.held == WINDOW
    assert broker.asked <= WINDOW / STEP + 10


def test_room_that_was_made_is_used() -> None:
    broker = Broker()
    window = Window(broker.depth)
    broker.held = WINDOW
    send(window, broker, 10_000)
    assert send(window, broker, 1, now=1.0) == 0

    broker.held = 0
    assert send(window, broker, 1, now=1.5) == 0
    assert send(window, broker, 10_000, now=2.0) == WINDOW


def test_each_queue_has_its_own() -> None:
    window = Window(lambda queue: WINDOW if queue == "full" else 0)
    for _ in range(STEP):
        assert window.takes("full", now=0.0)

    assert not window.takes("full", now=0.0)
    assert window.takes("empty", now=0.0)


def test_a_broker_that_cannot_tell_gets_all() -> None:
    window = Window(lambda _queue: None)

    assert all(window.takes("default", now=0.0) for _ in range(10 * WINDOW))
