"""What an attempt says reaches the ledger complete and in order."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from samovar.models import Chunk, Run
from samovar.runtime import lines
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.types import Batch, Ending, Outcome, Progress
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]


def test_lines_are_numbered_without_a_gap_over_attempts(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    for attempt in (1, 2):
        claimed = take(run)
        recorder = Recorder(ledger, claimed)
        for number in range(500):
            recorder.lines([Batch(float(number), "stdout", "info", [f"{attempt}: {number}"])])
        settle(ledger, claimed, Ending(Outcome.RELEASED, reason="again"), recorder)

    told, more = lines.read(run.pk, after=0, limit=5000)
    assert not more
    assert [line.n for line in told] == list(range(1, 1003))
    printed = [line.text for line in told if line.stream == "stdout"]
    assert printed == [f"{attempt}: {number}" for attempt in (1, 2) for number in range(500)]
    assert {line.attempt for line in told[:501]} == {1}
    assert run.refresh().log_lines == 1002
    assert Chunk.objects.filter(run=run).count() < 300


def test_the_first_line_after_silence_does_not_wait(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    recorder = Recorder(ledger, take(run))

    recorder.lines([Batch(1.0, "log", "warning", ["at once"])])

    line = wait_for(lambda: lines.last(run.pk, 1), 5, "the line in the ledger")[0]
    assert (line.text, line.stream, line.level, line.at) == ("at once", "log", "warning", 1.0)


def test_a_page_begins_and_ends_in_the_middle_of_chunks(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.lines([Batch(1.0, "stdout", "info", [str(n) for n in range(1, 101)])])
    recorder.lines([Batch(2.0, "stderr", "error", [str(n) for n in range(101, 201)])])
    settle(ledger, claimed, Ending(Outcome.SUCCEEDED, result="null"), recorder)

    told, more = lines.read(run.pk, after=90, limit=20)
    assert ([line.text for line in told], more) == ([str(n) for n in range(91, 111)], True)
    assert [line.text for line in lines.last(run.pk, 3)] == ["198", "199", "200"]
    assert lines.read(run.pk, after=200, limit=5) == ([], False)


def test_a_flood_waits_for_the_ledger(run: Run, take: Take, ledger: LedgerThread) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    block = Batch(1.0, "stdout", "info", ["x" * 1000] * 1000)
    go = threading.Event()
    ledger.post(go.wait)
    sent: list[int] = []

    def print_much() -> None:
        for number in range(20):
            recorder.lines([block])
            sent.append(number)

    job = threading.Thread(target=print_much)
    job.start()
    wait_for(lambda: len(sent) >= 8, 5, "the room in memory to be full")
    assert job.is_alive()
    go.set()
    job.join(30)
    settle(ledger, claimed, Ending(Outcome.SUCCEEDED, result="null"), recorder)

    assert run.refresh().log_lines == 20_000


def test_percent_never_goes_back_and_nothing_to_do_is_all_done(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    recorder = Recorder(ledger, take(run))

    seen = []
    for done, total in ((5, 10), (5, 100), (60, 100), (0, 0)):
        recorder.progress(Progress(done, total, "step"))
        told = (done, total)
        wait_for(lambda: _progress(run.refresh()) == told, 5, "the progress")  # noqa: B023
        seen.append(run.progress_percent)

    assert seen == [50, 50, 60, 100]
    assert run.progress_text == "step"


def _progress(run: Run) -> tuple[float | None, float | None]:
    return (run.progress_done, run.progress_total)


def test_a_checkpoint_is_there_for_the_next_attempt(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.checkpoint('{"row": 17}')
    settle(ledger, claimed, Ending(Outcome.LOST, reason="killed"), recorder)

    assert take(run).checkpoint == '{"row": 17}'


def test_one_bad_write_does_not_spoil_the_others(ledger: LedgerThread, run: Run) -> None:
    hold = threading.Event()
    ledger.post(hold.wait)
    good = [ledger.post(lambda: Run.objects.filter(pk=run.pk).update(priority=7))]
    bad = ledger.post(lambda: 1 / 0)
    good.append(ledger.post(lambda: 5))
    hold.set()

    assert [future.result(5) for future in good] == [1, 5]
    assert isinstance(bad.exception(5), ZeroDivisionError)
    assert run.refresh().priority == 7
