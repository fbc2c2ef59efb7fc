"""When the handler raises, and when it holds back."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from samovar.exceptions import Cancelled, SoftTimeout
from samovar.runner import interrupt, signals
from samovar.runner.interrupt import CANCEL, SOFT_TIMEOUT, shield


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    before = signals.snapshot()
    interrupt.install()
    yield
    interrupt.disarm()
    interrupt._State.pending = 0
    signals.restore(before)


def send(number: int) -> None:
    signal.pthread_kill(interrupt._State.main, number)
    os.getpid()


@pytest.mark.parametrize(
    ("number", "exception"), [(CANCEL, Cancelled), (SOFT_TIMEOUT, SoftTimeout)]
)
def test_it_raises_in_an_armed_job(number, exception):
    interrupt.arm({number: "in words"})
    with pytest.raises(exception, match="in words"):
        send(number)


def test_what_comes_too_early_waits():
    send(CANCEL)
    with pytest.raises(Cancelled):
        interrupt.arm({})


def test_what_comes_too_late_means_nothing():
    interrupt.arm({})
    interrupt.disarm()
    send(CANCEL)


def test_a_shielded_block_is_whole():
    interrupt.arm({})
    steps = []

    def write() -> None:
        with shield:
            with shield:
                send(SOFT_TIMEOUT)
                send(CANCEL)
                steps.append("inner")
            steps.append("outer")

    with pytest.raises(Cancelled):
        write()
    assert steps == ["inner", "outer"]


def test_unwinding_is_never_interrupted():
    interrupt.arm({})
    steps = []
    try:
        try:
            send(CANCEL)
        finally:
            send(CANCEL)
            with contextlib.suppress(ZeroDivisionError):
                1 / 0  # noqa: B018 - another exception in between
            send(CANCEL)
            steps.append("cleaned up")
    except Cancelled:
        send(CANCEL)
        steps.append("over")

    assert steps == ["cleaned up", "over"]


def test_a_swallowed_one_comes_again():
    interrupt.arm({})
    for _ in range(2):
        with pytest.raises(Cancelled):
            send(CANCEL)
