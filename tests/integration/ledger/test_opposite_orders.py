"""Workers that end runs of two limited jobs in opposite order do not wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from samovar.models import Run, RunState
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.runtime.submit import submit
from samovar.types import Ending, Outcome
from tests.integration.ledger.jobs import pair, per_user

pytestmark = pytest.mark.integration

DONE = Ending(Outcome.SUCCEEDED, result="null")
MEETING_SECONDS = 20


class Worker:
    """A ledger thread that settles both of its runs in one transaction, and meets the other worker
    in between.
    """

    def __init__(self, first: Claimed, second: Claimed, meeting: threading.Barrier) -> None:
        self.tries = 0
        self._meeting = meeting
        self._ledger = LedgerThread()
        self._ends = [self._ledger.post(self._settle(first)), self._ledger.post(self._meet)]
        self._ends.append(self._ledger.post(self._settle(second)))

    def start(self) -> None:
        """Begin with the group, which has waited."""
        self._ledger.start()

    def stop(self) -> None:
        """Wait for all of it."""
        for end in self._ends:
            end.result(2 * MEETING_SECONDS)
        self._ledger.stop()

    def _settle(self, claimed: Claimed) -> Callable[[], Any]:
        recorder = Recorder(self._ledger, claimed)
        recorder.close()
        return lambda: settle_now(claimed, DONE, recorder)

    def _meet(self) -> None:
        self.tries += 1
        if self.tries == 1:
            self._meeting.wait(MEETING_SECONDS)


@pytest.fixture
def claimed(take) -> Callable[[], tuple[Claimed, Claimed]]:
    """Give the way to a run of each job that is held."""
    numbers = iter(range(10))

    def both() -> tuple[Claimed, Claimed]:
        runs = submit(pair, {"number": next(numbers)}), submit(per_user, {"user": next(numbers)})
        return take(runs[0]), take(runs[1])

    return both


def test_each_transaction_is_tried_once(claimed) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's writers take turns anyway")
    (one, other), (third, fourth) = claimed(), claimed()
    held_back = [submit(pair, {"number": 9}), submit(per_user, {"user": other.params["user"]})]
    held_back.append(submit(per_user, {"user": fourth.params["user"]}))
    meeting = threading.Barrier(2)
    workers = [Worker(one, other, meeting), Worker(fourth, third, meeting)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.stop()

    assert [worker.tries for worker in workers] == [1, 1]
    assert all(run.refresh().is_admitted for run in held_back)
    assert set(Run.objects.values_list("state", flat=True)) == {
        RunState.SUCCEEDED,
        RunState.QUEUED,
    }
