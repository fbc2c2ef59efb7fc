"""The parts of a supervisor: frames, orders, the timeline, and the words for an end."""

from __future__ import annotations

import select

import pytest

from samovar.runner.endings import Observed, ending_of
from samovar.runner.frames import FrameReader, encode
from samovar.runner.keeper import Gone
from samovar.runner.orders import Given, Order, Orders
from samovar.runner.timeline import Step, Timeline
from samovar.types import Outcome


def test_frames_are_put_together_from_pieces():
    frames = [{"n": n, "text": "ю" * n} for n in range(50)]
    data = b"".join(map(encode, frames))
    for size in (1, 7, 1000, len(data)):
        reader = FrameReader()
        found = [
            frame for n in range(0, len(data), size) for frame in reader.feed(data[n : n + size])
        ]
        assert found == frames


def test_the_strongest_order_counts():
    orders = Orders()
    for order in (Order.RELEASE, Order.CANCEL):
        orders.give(order, order.name)
    assert orders.look() == Given(Order.RELEASE, "RELEASE")
    orders.give(Order.FENCE)
    assert orders.look().order is Order.FENCE
    orders.clear()
    assert orders.look().order is Order.NONE
    orders.close()
    orders.give(Order.FENCE)


def test_an_order_wakes_once():
    orders = Orders()
    poll = select.poll()
    poll.register(orders, select.POLLIN)
    orders.give(Order.CANCEL)
    assert poll.poll(0)
    orders.look()
    assert not poll.poll(0)
    orders.close()


def test_the_ladder_has_its_rungs():
    timeline = Timeline()
    timeline.plan_ladder(100.0, 1.2)
    steps = []
    for tick in range(100_00, 104_00):
        while step := timeline.due(tick / 100):
            steps.append((tick / 100, step))

    assert steps == [
        (100.0, Step.CANCEL),
        (100.5, Step.CANCEL),
        (101.0, Step.CANCEL),
        (101.2, Step.TERMINATE),
        (103.2, Step.KILL),
    ]


def test_waiting_ends_at_the_next_step():
    timeline = Timeline()
    assert timeline.wait(0.0, 0.1) == 0.1
    timeline.at(5.0, Step.TIME_OUT)
    assert timeline.wait(4.98, 0.1) == pytest.approx(0.02)
    assert timeline.wait(6.0, 0.1) == 0.0


TOLD = {"outcome": "succeeded", "result": "1"}


@pytest.mark.parametrize(
    ("seen", "outcome", "words"),
    [
        (Observed(7, frame=TOLD), Outcome.SUCCEEDED, ""),
        (Observed(7, gone=Gone(0)), Outcome.LOST, "exit code 0 before it returned"),
        (Observed(7, gone=Gone(-11)), Outcome.LOST, "signal 11 (SIGSEGV)"),
        (Observed(7, gone=Gone(-9, 3 << 20)), Outcome.LOST, "(SIGKILL). It had used up to 3 MiB"),
        (Observed(7, gone=Gone(-40)), Outcome.LOST, "SIGRTMIN+6"),
        (Observed(7, gone=Gone()), Outcome.LOST, "pid 7"),
        (Observed(7, gone=Gone(-9), timeout=2.0), Outcome.TIMED_OUT, "2 s"),
        (Observed(7, frame=TOLD, timeout=2.0), Outcome.SUCCEEDED, ""),
        (Observed(7, order=Given(Order.RELEASE, "stops")), Outcome.RELEASED, "stops"),
        (Observed(7, frame=TOLD, order=Given(Order.RELEASE, "")), Outcome.SUCCEEDED, ""),
        (Observed(7, frame=TOLD, order=Given(Order.CANCEL)), Outcome.CANCELLED, ""),
        (Observed(7, order=Given(Order.CANCEL), is_killed=True), Outcome.CANCELLED, "was killed"),
        (Observed(7, frame=TOLD, order=Given(Order.FENCE)), Outcome.FENCED, ""),
    ],
)
def test_an_ending_says_what_was_seen(seen, outcome, words):
    ending = ending_of(seen)

    assert ending.outcome is outcome
    assert words in ending.reason
