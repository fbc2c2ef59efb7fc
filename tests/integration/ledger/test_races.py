"""Races between a claim, a cancel and what gives a run back, in real transactions."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from celery.result import AsyncResult
from django.db import connection

from samovar import clock, transactions
from samovar.models import Attempt, Run, RunState
from samovar.runtime.cancel import cancel
from samovar.runtime.claim import Claimed, Holder, claim, claim_next
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.runtime.snapshot import snapshot
from samovar.runtime.submit import submit
from samovar.types import Ending, Outcome
from tests.integration.ledger.jobs import counted

pytestmark = pytest.mark.integration


def test_a_cancel_is_recorded_whatever_the_run_does_meanwhile(run: Run, holder: Holder) -> None:
    stop = threading.Event()

    def to_and_fro() -> None:
        while not stop.is_set():
            token = uuid.uuid4()
            with transactions.write():
                claimed = claim(run.pk, token=token, holder=holder, pid=1, brand=1)
            if claimed is None:
                break
            with transactions.write():
                Run(pk=run.pk).release(token=token)
                Attempt.finish(token, "released", now=clock.now())
        connection.close()

    worker = threading.Thread(target=to_and_fro)
    worker.start()
    try:
        assert cancel(Run(pk=run.pk))
    finally:
        stop.set()
        worker.join(10)

    assert run.refresh().state in (RunState.CANCELLED, RunState.CANCELLING)


def test_of_a_cancel_and_a_finish_one_wins_and_all_surfaces_agree(holder: Holder) -> None:
    for number in range(12):
        run = submit(counted, {"number": number})
        was_recorded, became = _cancel_while_it_finishes(run, holder)

        winner = RunState.CANCELLED if was_recorded else RunState.SUCCEEDED
        assert (became, run.refresh().state) == (winner, winner)
        assert snapshot(run)["state"] == winner
        assert AsyncResult(str(run.pk)).state == ("REVOKED" if was_recorded else "SUCCESS")
        assert run.attempts.get().state == winner


def _cancel_while_it_finishes(run: Run, holder: Holder) -> tuple[bool, RunState | None]:
    """Do both at once; return whether the cancel was recorded, and what the end made of the
    run.
    """
    with transactions.write():
        claimed = claim(run.pk, token=uuid.uuid4(), holder=holder, pid=1, brand=1)
    assert claimed is not None
    barrier = threading.Barrier(2)
    became: list[RunState | None] = []

    def finish(claimed: Claimed = claimed) -> None:
        barrier.wait(10)
        ending = Ending(Outcome.SUCCEEDED, result="1")
        with transactions.write():
            became.append(settle_now(claimed, ending, Recorder(None, claimed)))
        connection.close()

    worker = threading.Thread(target=finish)
    worker.start()
    barrier.wait(10)
    was_recorded = cancel(Run.objects.get(pk=run.pk))
    worker.join(10)
    return was_recorded, became[0]


def test_claimers_share_a_line_without_a_run_left_or_taken_twice(holder: Holder) -> None:
    wanted = {submit(counted, {"number": n}).pk for n in range(30)}
    claimed: list[uuid.UUID] = []

    def take_all() -> None:
        while True:
            with transactions.write():
                taken = claim_next(
                    token=uuid.uuid4(),
                    queues=["default"],
                    jobs=[counted.name],
                    holder=holder,
                    pid=1,
                    brand=1,
                )
            if taken is None:
                break
            claimed.append(taken.run_id)
        connection.close()

    claimers = [threading.Thread(target=take_all) for _ in range(4)]
    for each in claimers:
        each.start()
    for each in claimers:
        each.join(30)

    assert len(claimed) == 30
    assert set(claimed) == wanted


def test_an_attempt_never_begins_before_the_last_one_ended(run: Run, holder: Holder) -> None:
    """The clock of the host where the first attempt ended was an hour ahead."""
    ahead = clock.now() + dt.timedelta(hours=1)
    first = uuid.uuid4()
    with transactions.write():
        claim(run.pk, token=first, holder=holder, pid=1, brand=1)
        Run(pk=run.pk).rescue(token=first)
        Attempt.finish(first, "lost", now=ahead)
    with transactions.write():
        claim(run.pk, token=uuid.uuid4(), holder=holder, pid=1, brand=1)

    assert list(
        Attempt.objects.filter(run=run).order_by("number").values_list("number", "started_at")
    )[1:] == [(2, ahead)]


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 500_000, 999_999])
def test_instants_compare_with_the_database_s_clock(run: Run, microsecond: int) -> None:
    now = clock.now()
    for seconds, is_due in ((-2, True), (2, False)):
        at = (now + dt.timedelta(seconds=seconds)).replace(microsecond=microsecond)
        at += dt.timedelta(seconds=seconds)
        Run.objects.filter(pk=run.pk).update(
            state="scheduled", available_at=at, expires_at=at, lease_until=at
        )
        assert Run.objects.due().filter(pk=run.pk).exists() == is_due
        Run.objects.filter(pk=run.pk).update(state="queued")
        assert Run.objects.expired().filter(pk=run.pk).exists() == is_due
        assert Run.objects.claimable().filter(pk=run.pk).exists() != is_due
        Run.objects.filter(pk=run.pk).update(state="running")
        assert Run.objects.overdue().filter(pk=run.pk).exists() == is_due
