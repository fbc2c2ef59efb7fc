"""Limits are held in the ledger: no worker sees a run that may not begin yet."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from samovar import clock
from samovar.jobs import registry
from samovar.models import Attempt, Leader, Run, RunState, Worker
from samovar.runtime.cancel import cancel
from samovar.runtime.claim import Claimed, Holder, claim_next
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.submit import submit, submit_many
from samovar.runtime.upkeep.dispatcher import Dispatcher
from samovar.runtime.upkeep.scheduler import Scheduler
from samovar.runtime.upkeep.stand_in import StandIn
from samovar.types import Ending, Fault, Outcome
from tests.integration.ledger.jobs import counted, paced, pair, per_user

pytestmark = pytest.mark.integration

ENDINGS = {
    "succeeded": Ending(Outcome.SUCCEEDED, result="null"),
    "failed": Ending(Outcome.FAILED, fault=Fault("Error", "x")),
    "lost": Ending(Outcome.LOST, reason="x"),
    "released": Ending(Outcome.RELEASED, reason="x"),
}
FAILED = ENDINGS["failed"]


@pytest.fixture
def take_next(ledger: LedgerThread, holder: Holder) -> Callable[[], Claimed | None]:
    """Give the way in which an idle slot claims."""

    def take() -> Claimed | None:
        token = uuid.uuid4()
        names = [job.name for job in registry.all()]
        return ledger.call(
            lambda: claim_next(
                token=token, queues=["default"], jobs=names, holder=holder, pid=1, brand=1
            )
        )

    return take


def test_as_many_run_as_the_limit_says_and_others_pass_them(take_next) -> None:
    limited = [submit(pair, {"number": n}) for n in range(4)]
    free = submit(counted, {"number": 1})

    taken = [take_next() for _ in range(4)]

    assert [each and each.run_id for each in taken] == [
        limited[0].pk,
        limited[1].pk,
        free.pk,
        None,
    ]


@pytest.mark.parametrize("how", ENDINGS)
def test_an_end_of_any_kind_makes_room(take_next, ledger: LedgerThread, how: str) -> None:
    first, second, third = (submit(pair, {"number": n}) for n in range(3))
    claimed = take_next()
    assert take_next().run_id == second.pk
    assert take_next() is None

    settle(ledger, claimed, ENDINGS[how], Recorder(ledger, claimed))

    # A run that is given back keeps its place before the younger one.
    next_one = first if how in ("lost", "released") else third
    assert take_next().run_id == next_one.pk
    assert take_next() is None


def test_a_cancelled_run_leaves_its_place(take_next) -> None:
    first, second, third = (submit(pair, {"number": n}) for n in range(3))

    cancel(first)

    assert [take_next().run_id, take_next().run_id] == [second.pk, third.pk]


def test_each_key_has_a_limit_of_its_own(take_next) -> None:
    submit_many(per_user, [{"user": user} for user in (1, 1, 1, 2, 3)])

    taken = [take_next() for _ in range(4)]

    assert [each and each.params["user"] for each in taken] == [1, 2, 3, None]


def test_a_higher_priority_is_admitted_first(take_next, ledger: LedgerThread) -> None:
    submit(per_user, {"user": 1})
    claimed = take_next()
    submit(per_user, {"user": 1})
    urgent = submit(per_user, {"user": 1}, priority=5)

    settle(ledger, claimed, ENDINGS["succeeded"], Recorder(ledger, claimed))

    assert take_next().run_id == urgent.pk


def test_the_dispatcher_finds_room_that_nobody_has_told_of(
    take_next, ledger: LedgerThread
) -> None:
    first, second = (submit(per_user, {"user": 1}) for _ in range(2))
    take_next()
    assert Dispatcher(ledger).run_once().admitted == 0
    ended = {"state": RunState.FAILED, "token": None, "finished_at": clock.now()}
    Run.objects.filter(pk=first.pk).update(**ended)

    assert Dispatcher(ledger).run_once().admitted == 1
    assert take_next().run_id == second.pk


def test_a_limit_that_was_taken_out_of_the_code_holds_nobody_back(
    take_next, ledger: LedgerThread, monkeypatch
) -> None:
    submit_many(pair, [{"number": n} for n in range(4)])
    monkeypatch.setattr(pair, "limits", counted.limits)

    assert Dispatcher(ledger).run_once().admitted == 2
    assert all(take_next() for _ in range(4))


def test_a_scheduled_run_takes_its_turn_when_it_is_due(take_next, ledger: LedgerThread) -> None:
    soon = clock.now() - dt.timedelta(seconds=1)
    due = submit(per_user, {"user": 1}, available_at=soon)
    running = submit(per_user, {"user": 1})
    claimed = take_next()
    assert claimed.run_id == running.pk

    assert Dispatcher(ledger).run_once().enqueued == 1
    assert take_next() is None
    settle(ledger, claimed, FAILED, Recorder(ledger, claimed))
    assert take_next().run_id == due.pk


def test_no_more_begin_than_the_rate_says(take_next, ledger: LedgerThread) -> None:
    submit_many(paced, [{}] * 5)
    taken = [take_next() for _ in range(4)]
    assert [bool(each) for each in taken] == [True, True, True, False]
    for claimed in taken[:3]:
        settle(ledger, claimed, ENDINGS["succeeded"], Recorder(ledger, claimed))
    assert take_next() is None

    _let_pass(seconds=59)
    assert Dispatcher(ledger).run_once().admitted == 0
    _let_pass(seconds=2)
    assert Dispatcher(ledger).run_once().admitted == 2


def test_a_retry_is_a_start_as_any_other(take_next, ledger: LedgerThread) -> None:
    """A job that always fails would otherwise begin as often as it likes."""
    submit(paced, {})
    for attempt in range(1, 4):
        claimed = take_next()
        assert claimed.attempt == attempt
        settle(ledger, claimed, FAILED, Recorder(ledger, claimed))
        Dispatcher(ledger).run_once()

    assert take_next() is None


def test_however_many_workers_the_limit_is_kept(transactional_db, holder: Holder) -> None:
    """Each of the workers claims and ends runs in transactions of its own."""
    runs = submit_many(pair, [{"number": n} for n in range(40)])
    most: list[int] = []

    def work() -> None:
        thread = LedgerThread()
        thread.start()
        while Run.objects.active().filter(job=pair.name).exists():
            token = uuid.uuid4()
            claimed = thread.call(
                lambda token=token: claim_next(
                    token=token,
                    queues=["default"],
                    jobs=[pair.name],
                    holder=holder,
                    pid=1,
                    brand=1,
                )
            )
            most.append(Run.objects.filter(job=pair.name, state=RunState.RUNNING).count())
            if claimed is None:
                Dispatcher(thread).run_once()
            else:
                settle(thread, claimed, ENDINGS["succeeded"], Recorder(thread, claimed))
        thread.stop()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert max(most) <= 2
    assert Run.objects.filter(pk__in=[run.pk for run in runs], state="succeeded").count() == 40


def _let_pass(*, seconds: int) -> None:
    """Let the starts lie further back."""
    for row in Attempt.objects.select_related("run"):
        row.started_at -= dt.timedelta(seconds=seconds)
        row.save()
        Run.objects.filter(pk=row.run_id).update(attempt_started_at=row.started_at)


@pytest.mark.parametrize(("known", "stands_in"), [([pair.name], False), ([], True)])
def test_who_knows_more_than_the_leader_stands_in_for_it(
    ledger: LedgerThread, holder: Holder, known: list[str], stands_in: bool
) -> None:
    first, _, third = (submit(pair, {"number": n}) for n in range(3))
    # Room that nobody has been told of, as a worker leaves it that dies between the two.
    Run.objects.filter(pk=first.pk).update(state="succeeded", finished_at=clock.now())
    Worker.objects.filter(pk=holder.worker_id).update(jobs=known)
    stand_in = StandIn(ledger, (pair.name,), Scheduler(ledger))
    assert not stand_in.run_once()  # nobody leads
    ledger.call(lambda: Leader.lead(holder.worker_id, dt.timedelta(hours=1)))

    assert stand_in.run_once() is stands_in
    assert third.refresh().is_admitted is stands_in
