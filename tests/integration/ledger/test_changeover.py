"""A changeover: the end of one attempt and the claim of the next run, together or not at all."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from samovar.models import Attempt, Run, RunState
from samovar.runtime import events
from samovar.runtime.cancel import cancel
from samovar.runtime.changeover import Bid, Changeover
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.submit import submit
from samovar.types import Batch, Ending, Outcome, Stream
from tests.integration.ledger.jobs import counted
from tests.rig.cable import Cable
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
Settle = Callable[[Ending], tuple[RunState | None, Claimed | None]]
DONE = Ending(Outcome.SUCCEEDED, result="3")


@pytest.fixture
def changeover(ledger: LedgerThread) -> Iterator[Changeover]:
    changeover = Changeover(ledger)
    yield changeover
    changeover.close()


@pytest.fixture
def bid(holder: Holder) -> Bid:
    return Bid(holder=holder, pid=7, queues=("other", "default"), jobs=(counted.name,))


@pytest.fixture
def others(transactional_db: None) -> list[Run]:
    return [submit(counted, {"number": number}) for number in (1, 2)]


@pytest.fixture
def claimed(run: Run, others: list[Run], take: Take) -> Claimed:
    return take(run)


@pytest.fixture
def recorder(ledger: LedgerThread, claimed: Claimed) -> Recorder:
    return Recorder(ledger, claimed)


@pytest.fixture
def settle(claimed: Claimed, changeover: Changeover, recorder: Recorder, bid: Bid) -> Settle:
    return lambda ending: changeover.settle_and_claim(claimed, ending, recorder, bid)


def test_the_end_and_the_next_claim_are_told_in_their_order(
    claimed: Claimed, others: list[Run], settle: Settle
) -> None:
    told: list[events.RunEvent] = []
    events.subscribe(told.append)
    try:
        became, upcoming = settle(DONE)
    finally:
        events.unsubscribe(told.append)

    assert became == RunState.SUCCEEDED
    assert upcoming is not None
    assert upcoming.run_id == others[0].pk
    assert [(type(each), each.run_id) for each in told] == [
        (events.RunMoved, claimed.run_id),
        (events.RunStarted, upcoming.run_id),
    ]


def test_what_stands_in_the_ledger_is_whole(
    run: Run, others: list[Run], settle: Settle, bid: Bid
) -> None:
    settle(DONE)

    first, second = Attempt.objects.get(run=run), Attempt.objects.get(run=others[0])
    ended, begun = run.refresh(), others[0].refresh()
    assert (ended.state, ended.result, ended.token) == (RunState.SUCCEEDED, 3, None)
    assert (first.state, first.finished_at) == ("succeeded", ended.finished_at)
    assert (begun.state, begun.token, begun.attempt) == (RunState.RUNNING, bid.token, 1)
    assert (second.state, second.token, second.pid, second.brand) == (
        "running",
        bid.token,
        7,
        bid.brand,
    )
    assert second.started_at == begun.started_at >= first.finished_at


def test_with_nothing_in_line_the_end_is_written(
    run: Run, take: Take, ledger: LedgerThread, changeover: Changeover, bid: Bid
) -> None:
    claimed = take(run)

    answer = changeover.settle_and_claim(claimed, DONE, Recorder(ledger, claimed), bid)

    assert answer == (RunState.SUCCEEDED, None)
    assert run.refresh().state == RunState.SUCCEEDED


def test_a_run_that_is_being_cancelled_ends_so_and_the_next_is_claimed_once(
    run: Run, others: list[Run], settle: Settle, bid: Bid
) -> None:
    cancel(run.refresh())

    became, upcoming = settle(DONE)

    assert became == run.refresh().state == RunState.CANCELLED
    assert upcoming is not None
    assert [each.refresh().state for each in others] == [RunState.RUNNING, RunState.QUEUED]


def test_who_has_lost_the_lease_writes_no_end(
    run: Run, settle: Settle, recorder: Recorder
) -> None:
    Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())

    became, _ = settle(DONE)

    assert became is None
    assert run.refresh().state == RunState.RUNNING
    assert Attempt.objects.get(run=run).state == "running"


def test_a_turn_whose_answer_was_lost_is_answered_again(
    claimed: Claimed, others: list[Run], settle: Settle
) -> None:
    answers = [settle(DONE) for _ in range(2)]

    assert answers[0] == answers[1]
    assert [each.refresh().state for each in others] == [RunState.RUNNING, RunState.QUEUED]


def test_last_lines_are_written_with_the_end(run: Run, settle: Settle, recorder: Recorder) -> None:
    recorder.lines([Batch(time.time(), Stream.STDOUT, "info", ["the last"])])

    became, upcoming = settle(DONE)

    assert (became, run.refresh().log_lines) == (RunState.SUCCEEDED, 1)
    assert upcoming is not None


def test_a_result_that_cannot_be_kept_fails_the_run(
    run: Run, others: list[Run], settle: Settle, bid: Bid
) -> None:
    unfit = Ending(Outcome.SUCCEEDED, result="1" * 5000)

    became, upcoming = settle(unfit)

    assert became == run.refresh().state == RunState.FAILED
    assert upcoming is not None
    assert [each.refresh().state for each in others] == [RunState.RUNNING, RunState.QUEUED]


def test_a_named_run_is_claimed_before_those_in_line(
    others: list[Run], changeover: Changeover, bid: Bid
) -> None:
    bid.run_id = others[1].pk

    claimed = changeover.claim(bid)

    assert claimed is not None
    assert claimed.run_id == others[1].pk


def test_a_wire_that_has_gone_deaf_is_hung_up_and_the_ledger_thread_goes_on(
    run: Run, claimed: Claimed, ledger: LedgerThread, bid: Bid, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no wire")
    cable, changeover = Cable(int(connection.settings_dict["PORT"])), Changeover(ledger)
    idle = Bid(holder=bid.holder, pid=7, queues=("none",), jobs=(counted.name,))
    with ThreadPoolExecutor(1) as slot:
        with monkeypatch.context() as patched:
            patched.setitem(connection.settings_dict, "PORT", cable.port)
            assert slot.submit(changeover.claim, idle).result() is None
        assert cable.deafen() == 1
        answer = slot.submit(
            changeover.settle_and_claim, claimed, DONE, Recorder(ledger, claimed), bid
        )

        wait_for(lambda: answer.done() or changeover.hang_up_after(0.1), 10, "the ledger's answer")

        slot.submit(changeover.close).result()
    cable.close()
    assert answer.result()[0] == run.refresh().state == RunState.SUCCEEDED
