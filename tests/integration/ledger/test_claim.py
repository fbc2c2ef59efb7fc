"""Only one may begin an attempt, and only when the run may begin."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from samovar import clock, transactions
from samovar.models import Attempt, Queue, Run, RunState
from samovar.models.fields import uuid7
from samovar.runtime.claim import Claimed, Holder, claim, claim_next
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.submit import submit
from samovar.types import Ending, Outcome
from tests.integration.ledger.jobs import counted

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]


def test_a_claim_writes_the_attempt_and_the_lease(run: Run, take: Take, holder: Holder) -> None:
    claimed = take(run)

    run.refresh()
    attempt = Attempt.objects.get(run=run)
    assert (run.state, run.attempt, run.token) == (RunState.RUNNING, 1, claimed.token)
    assert run.lease_until is not None
    assert run.lease_until > clock.now()
    assert (attempt.number, attempt.token, attempt.pid) == (1, claimed.token, 7)
    assert (attempt.worker_id, attempt.worker) == (holder.worker_id, holder.name)
    assert claimed.params == {"number": 3}
    assert claimed.next_line == 1


def test_of_many_claims_at_once_one_wins(run: Run, holder: Holder) -> None:
    won: list[Claimed | None] = []
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        try:
            with transactions.write():
                token = uuid7()
                won.append(
                    claim(run.pk, token=token, holder=holder, pid=1, brand=1, is_first=True)
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([claimed for claimed in won if claimed]) == 1
    assert len(won) == 8
    assert Attempt.objects.filter(run=run).count() == 1


def test_a_claim_whose_answer_was_lost_is_answered_again(
    run: Run, ledger: LedgerThread, holder: Holder
) -> None:
    token = uuid7()

    answers = [_this(run, ledger, holder, token, is_first=each) for each in (True, False)]

    assert answers[0] == answers[1] is not None
    assert Attempt.objects.count() == 1


def test_an_attempt_begins_behind_the_one_before_and_tells_what_it_left(
    take: Take, ledger: LedgerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(counted, {})
    first = take(run)
    recorder = Recorder(ledger, first)
    recorder.checkpoint('{"at": 7}')
    settle(ledger, first, Ending(Outcome.RELEASED), recorder)
    ended = Attempt.objects.get(run=run).finished_at
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() - dt.timedelta(hours=1))

    second = take(run)

    attempt = Attempt.objects.get(run=run, number=2)
    assert attempt.started_at == second.started_at == ended
    assert run.refresh().started_at == first.started_at
    assert (second.attempt, second.checkpoint) == (2, '{"at": 7}')


def test_the_line_goes_by_priority_then_age(ledger: LedgerThread, holder: Holder) -> None:
    plain = [submit(counted, {"number": number}) for number in range(2)]
    urgent = submit(counted, {"number": 9}, priority=5)

    taken = [_next(ledger, holder) for _ in range(4)]

    assert [claimed and claimed.run_id for claimed in taken] == [
        urgent.pk,
        plain[0].pk,
        plain[1].pk,
        None,
    ]


def test_what_may_not_begin_is_not_claimed(ledger: LedgerThread, holder: Holder) -> None:
    now = clock.now()
    late = submit(counted, {}, expires_at=now - dt.timedelta(seconds=1))
    later = submit(counted, {}, available_at=now + dt.timedelta(hours=1))
    paused = submit(counted, {}, queue="paused")
    Queue.pause("paused", now=now)
    elsewhere = submit(counted, {}, queue="elsewhere")

    assert _next(ledger, holder, queues=["default", "paused"]) is None
    for run in (late, later, paused):
        assert _this(run, ledger, holder, uuid7()) is None
    assert _next(ledger, holder, queues=["elsewhere"], jobs=["another"]) is None
    claimed = _next(ledger, holder, queues=["elsewhere"])
    assert claimed is not None
    assert claimed.run_id == elsewhere.pk


def _this(
    run: Run, ledger: LedgerThread, holder: Holder, token: uuid.UUID, *, is_first: bool = True
) -> Claimed | None:
    return ledger.call(
        lambda: claim(run.pk, token=token, holder=holder, pid=7, brand=1, is_first=is_first)
    )


def _next(
    ledger: LedgerThread,
    holder: Holder,
    queues: list[str] | None = None,
    jobs: list[str] | None = None,
) -> Claimed | None:
    token = uuid7()
    return ledger.call(
        lambda: claim_next(
            token=token,
            queues=queues or ["default"],
            jobs=jobs or [counted.name],
            holder=holder,
            pid=1,
            brand=1,
            is_first=True,
        )
    )
