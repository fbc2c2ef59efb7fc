"""The end of an attempt whose pipe somebody still writes to."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Iterator, Sequence

import pytest

from samovar.runner import messages
from samovar.runner.assignment import Assignment
from samovar.runner.follower import Follower
from samovar.runner.keeper import Keeper, Runner
from samovar.runner.orders import Orders
from samovar.runner.page import new_page
from samovar.types import Batch, Progress

LINE = b"y\n" * 4096


class Counter:
    """A recorder that counts lines."""

    def __init__(self) -> None:
        self.count = 0

    def lines(self, batches: Sequence[Batch]) -> None:
        self.count += sum(len(batch.texts) for batch in batches)

    def progress(self, progress: Progress) -> None: ...

    def checkpoint(self, state: str) -> None: ...


@pytest.fixture
def flooded() -> Iterator[Runner]:
    """Give a runner whose pipe a thread fills for as long as it can."""
    output, end = os.pipe()
    ours, theirs = messages.pair()
    runner = Runner(os.getpid(), ours.detach(), output, new_page(), os.pidfd_open(os.getpid()))

    def flood() -> None:
        with contextlib.suppress(BrokenPipeError):
            while True:
                os.write(end, LINE)
        os.close(end)

    thread = threading.Thread(target=flood)
    thread.start()
    yield runner
    runner.close()
    theirs.close()
    thread.join()


def test_a_writer_that_cannot_be_killed_holds_nobody_up(flooded):
    ours, theirs = messages.pair()
    keeper, orders, recorder = Keeper(os.getpid(), ours.detach()), Orders(), Counter()
    assignment = Assignment(
        run_id=uuid.uuid4(), job="flood", params={}, attempt=1, max_attempts=1, brand=1
    )
    Follower(assignment, flooded, keeper, orders, recorder).finish()

    assert recorder.count < 1_000_000
    keeper.close()
    orders.close()
    theirs.close()
