"""A rescue kills first, and gives a worker that lives its chance."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import pytest

from samovar import brand, clock
from samovar.models import Run, RunState, Worker
from samovar.models.fields import uuid7
from samovar.runtime import host
from samovar.runtime.claim import Claimed, Holder, claim
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.upkeep.rescuer import DeadWorkers, OverdueLeases
from tests.integration.ledger.test_upkeep import HOLD

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
LIVE = """
import sys
from samovar import brand
brand.wear(int(sys.argv[1]))
print("worn", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lock(holder: Holder) -> Iterator[subprocess.Popen[bytes]]:
    """Hold the worker's lock in another process."""
    path = host._path(holder.worker_id)
    path.touch()
    yield from _started(HOLD, str(path))
    path.unlink(missing_ok=True)


@pytest.fixture
def taken_over(holder: Holder) -> Iterator[None]:
    """Take the worker's lock, as a rescuer does when its tree is gone."""
    lock = host.take_over(holder.worker_id)
    assert lock is not None
    yield
    host.leave(holder.worker_id, lock)


def _started(code: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_what_an_attempt_left_behind_is_killed_before_its_run_is_given_back(
    run: Run, ledger: LedgerThread, holder: Holder, taken_over: None
) -> None:
    mark = brand.new_brand()
    ledger.call(lambda: claim(run.pk, token=uuid.uuid4(), holder=holder, pid=1, brand=mark))
    for process in _started(LIVE, str(mark)):
        assert brand.find_branded(mark) == [process.pid]
        OverdueLeases(ledger).run_once()
        assert process.poll() is None
        _let_lapse(run)

        assert OverdueLeases(ledger, patience=0).run_once().runs == 1

        assert process.wait(10) == -9
    assert run.refresh().state == RunState.QUEUED


def test_a_living_worker_of_this_host_may_renew_after_an_outage(
    run: Run, take: Take, ledger: LedgerThread, lock
) -> None:
    take(run)
    _let_lapse(run)

    assert OverdueLeases(ledger).run_once().runs == 0
    assert run.refresh().state == RunState.RUNNING
    assert OverdueLeases(ledger, patience=0).run_once().runs == 1


def test_the_lock_of_a_rescued_worker_is_not_held_by_its_name(holder: Holder) -> None:
    """A rescuer removes the file; who waited for it then holds a file that nobody sees."""
    worker_id = uuid7()
    first = host.hold(worker_id)
    assert not host.is_free(worker_id)
    assert host.take_over(worker_id) is None
    host.leave(worker_id, first)

    again = host.hold(worker_id)
    assert not host.is_free(worker_id)
    host.leave(worker_id, again)
    assert host.is_free(worker_id)


def test_a_worker_that_was_long_not_seen_is_forgotten(
    ledger: LedgerThread, holder: Holder
) -> None:
    Worker.objects.update(seen_at=clock.now() - dt.timedelta(days=1))
    OverdueLeases(ledger).run_once()

    assert not Worker.objects.exists()


def test_a_worker_that_holds_a_run_is_not_forgotten(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    take(run)
    Worker.objects.update(seen_at=clock.now() - dt.timedelta(days=1))
    OverdueLeases(ledger).run_once()

    assert Worker.objects.exists()


def test_a_lock_without_a_worker_s_row_is_cleared_away(ledger: LedgerThread) -> None:
    worker_id = uuid7()
    host._path(worker_id).touch()

    assert DeadWorkers(ledger, uuid7()).run_once().workers == 1
    assert not host._path(worker_id).exists()


def _let_lapse(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))
