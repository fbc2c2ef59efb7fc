"""What any worker does for all."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from samovar import clock
from samovar.models import Attempt, AttemptState, Leader, Run, RunState, Worker
from samovar.models.fields import uuid7
from samovar.runtime import beat, host, publisher
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.submit import submit
from samovar.runtime.upkeep.dispatcher import Dispatcher
from samovar.runtime.upkeep.rescuer import DeadWorkers, OverdueLeases
from tests.integration.ledger.jobs import counted

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
HOLD = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_worker_s_runs_are_taken_up_when_its_lock_is_free(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    take(run)
    ledger.call(lambda: Leader.lead(holder.worker_id, dt.timedelta(hours=1)))
    upkeep = DeadWorkers(ledger, uuid7())
    path = host._path(holder.worker_id)
    path.touch()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert upkeep.run_once().runs == 0
        assert run.refresh().state == RunState.RUNNING

        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        assert upkeep.run_once().runs == 1

    assert run.refresh().state == RunState.QUEUED
    assert Attempt.objects.get(run=run).state == AttemptState.LOST
    assert not Worker.objects.filter(pk=holder.worker_id).exists()
    assert ledger.call(lambda: Leader.lead(uuid7(), dt.timedelta(seconds=5)))
    assert not path.exists()


def test_a_lease_that_nobody_renews_is_taken_up(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    assert OverdueLeases(ledger).run_once().runs == 0
    Run.objects.filter(pk=run.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))

    pulse = ledger.call(lambda: beat.renew(holder.worker_id, [claimed.token], bool))
    assert pulse.held == {claimed.token}
    assert OverdueLeases(ledger).run_once().runs == 0

    Run.objects.filter(pk=run.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))
    assert OverdueLeases(ledger).run_once().runs == 1
    assert run.refresh().state == RunState.QUEUED
    assert (
        ledger.call(lambda: beat.renew(holder.worker_id, [claimed.token], bool)).held
        == frozenset()
    )


def test_the_beat_writes_a_row_anew_that_somebody_has_pruned(
    ledger: LedgerThread, holder: Holder
) -> None:
    written: list[bool] = []
    ledger.call(lambda: beat.renew(holder.worker_id, [], lambda: written.append(True)))
    assert not written
    Worker.objects.all().delete()

    ledger.call(lambda: beat.renew(holder.worker_id, [], lambda: written.append(True)))

    assert written


def test_the_beat_tells_which_runs_are_to_stop(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    run.request_cancel(now=clock.now())

    pulse = ledger.call(lambda: beat.renew(holder.worker_id, [claimed.token, uuid7()], bool))

    assert (pulse.held, pulse.cancelling) == ({claimed.token}, {claimed.token})


def test_one_worker_leads_until_its_term_is_over(ledger: LedgerThread) -> None:
    first, second = uuid7(), uuid7()
    term = dt.timedelta(seconds=30)

    assert ledger.call(lambda: Leader.lead(first, term))
    assert not ledger.call(lambda: Leader.lead(second, term))
    assert ledger.call(lambda: Leader.lead(first, -term))
    assert ledger.call(lambda: Leader.lead(second, term))


@pytest.fixture
def listener(transactional_db: None) -> Worker:
    """Write a worker of another host with two slots, which listens."""
    return Worker.objects.create(
        name="samovar@tea",
        host="tea",
        host_key="x",
        pid=1,
        slots=2,
        queues=["default"],
        jobs=[counted.name],
    )


def _wait(count: int, **values: object) -> list[Run]:
    """Let runs have waited for a minute."""
    runs = [submit(counted, {"number": n}) for n in range(count)]
    ids = [run.pk for run in runs]
    Run.objects.filter(pk__in=ids).update(
        created_at=clock.now() - dt.timedelta(minutes=1), **values
    )
    return runs


def test_only_as_many_are_announced_again_as_slots_rest(
    ledger: LedgerThread, listener: Worker
) -> None:
    _wait(5)
    assert Dispatcher(ledger).run_once().announced == 2
    assert Dispatcher(ledger).run_once().announced == 0

    _wait(1, state=RunState.RUNNING, worker=listener)
    Run.objects.filter(state="queued").update(dispatched_at=None)
    assert Dispatcher(ledger).run_once().announced == 1


def test_nothing_is_announced_while_all_are_busy(ledger: LedgerThread, listener: Worker) -> None:
    """Else the broker would fill up as long as they are."""
    _wait(2, state=RunState.RUNNING, worker=listener)
    _wait(3)

    assert Dispatcher(ledger).run_once().announced == 0


@pytest.mark.parametrize(
    "values",
    [{"queues": ["other"]}, {"jobs": ["another"]}, {"is_stopping": True}, {"slots": 0}],
)
def test_nothing_is_announced_to_nobody(
    ledger: LedgerThread, listener: Worker, values: dict[str, object]
) -> None:
    _wait(1)
    Worker.objects.update(**values)

    assert Dispatcher(ledger).run_once().announced == 0


def test_a_job_that_the_leader_does_not_know_is_announced_to_who_does(
    ledger: LedgerThread, listener: Worker
) -> None:
    _wait(1, job="of_tomorrow")
    Worker.objects.update(jobs=["of_tomorrow"])

    assert Dispatcher(ledger).run_once().announced == 1


def test_a_run_whose_message_was_lost_is_announced_again(
    ledger: LedgerThread, listener: Worker
) -> None:
    heard: list[publisher.Hint] = []
    with publisher.handing_to(bool):
        run = submit(counted, {})
    with publisher.handing_to(heard.append):
        Dispatcher(ledger).run_once()
        assert not heard
        Run.objects.filter(pk=run.pk).update(created_at=clock.now() - dt.timedelta(minutes=1))
        Dispatcher(ledger).run_once()
        assert len(heard) == 1
        Run.objects.filter(pk=run.pk).update(dispatched_at=clock.now() - dt.timedelta(minutes=1))
        Dispatcher(ledger).run_once()

    assert [hint.run_id for hint in heard] == [run.pk] * 2


def test_the_dispatcher_announces_what_waits_and_queues_what_is_due(
    ledger: LedgerThread, listener: Worker
) -> None:
    now = clock.now()
    due = submit(counted, {}, available_at=now - dt.timedelta(seconds=1))
    later = submit(counted, {}, available_at=now + dt.timedelta(hours=1))
    late = submit(counted, {}, expires_at=now - dt.timedelta(seconds=1))
    forgotten = submit(counted, {})
    Run.objects.filter(pk=forgotten.pk).update(created_at=now - dt.timedelta(minutes=1))
    dispatcher = Dispatcher(ledger)

    first, second = dispatcher.run_once(), dispatcher.run_once()

    assert (first.enqueued, first.expired, first.announced) == (1, 1, 1)
    assert (second.enqueued, second.expired, second.announced) == (0, 0, 0)
    assert due.refresh().state == RunState.QUEUED
    assert later.refresh().state == RunState.SCHEDULED
    assert late.refresh().error["type"] == "Expired"


def test_a_dispatcher_that_could_not_work_is_refused(ledger: LedgerThread) -> None:
    with pytest.raises(ValueError, match="window"):
        Dispatcher(ledger, window=0)
