"""What is rolled back and done again, or committed unheard, stands in the ledger once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from samovar.models import Attempt, Run, RunState
from samovar.runtime import lines
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle, settle_now
from samovar.types import Batch, Ending, Outcome
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
LOST = Ending(Outcome.LOST, reason="The runner was killed.")


def test_an_end_in_a_group_that_fails_says_its_words_once(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.lines([Batch(1.0, "stdout", "info", ["one", "two"])])
    held, hold = threading.Event(), threading.Event()
    ledger.post(lambda: held.set() or hold.wait())
    assert held.wait(5)
    end = threading.Thread(target=lambda: settle(ledger, claimed, LOST, recorder))
    end.start()
    wait_for(lambda: len(ledger._waiting) >= 1, 5, "the end to wait for the ledger")
    bad = ledger.post(lambda: 1 / 0)
    hold.set()
    end.join(10)

    assert isinstance(bad.exception(5), ZeroDivisionError)
    told, _ = lines.read(run.pk, after=0, limit=9)
    assert [(line.n, line.stream) for line in told] == [
        (1, "stdout"),
        (2, "stdout"),
        (3, "system"),
    ]
    assert run.refresh().state == RunState.QUEUED
    assert run.losses == 1


def test_a_write_is_done_twice_and_stands_once(run: Run, take: Take, ledger: LedgerThread) -> None:
    claimed = take(run)
    recorder = Recorder(None, claimed)
    recorder.lines([Batch(1.0, "stdout", "info", ["one", "two"])])

    assert ledger.call(recorder.write)
    assert ledger.call(recorder.write)

    assert [line.text for line in lines.last(run.pk, 9)] == ["one", "two"]
    assert run.refresh().log_lines == 2


def test_an_end_that_was_committed_is_not_made_again(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    recorder = Recorder(None, claimed)
    ending = Ending(Outcome.FAILED, reason="It broke.")

    answers = [ledger.call(lambda: settle_now(claimed, ending, recorder)) for _ in range(2)]

    assert answers == [RunState.FAILED, RunState.FAILED]
    assert [line.text for line in lines.last(run.pk, 9)] == ["It broke."]
    assert (run.refresh().failures, Attempt.objects.filter(run=run).count()) == (1, 1)


def test_a_stopped_thread_says_so(ledger: LedgerThread) -> None:
    waiting = ledger.post(lambda: 3, after=60)
    ledger.stop()

    assert waiting.result(0) == 3
    with pytest.raises(RuntimeError, match="stopped"):
        ledger.call(lambda: 1)
