"""Leases compare with the database's clock: a host's own may go wrong by any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from samovar import clock
from samovar.models import Run, RunState, Worker
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.living import living
from samovar.runtime.upkeep.rescuer import OverdueLeases
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
WRONG = [
    dt.timedelta(days=-1),
    dt.timedelta(hours=-1),
    dt.timedelta(hours=1),
    dt.timedelta(days=1),
]


@pytest.fixture(params=WRONG, ids=str)
def wrong_clock(request, monkeypatch) -> None:
    """Let this process's clock be wrong."""
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() + request.param)


def test_a_lease_lasts_whatever_a_host_s_clock_says(
    run: Run, take: Take, ledger: LedgerThread, wrong_clock: None
) -> None:
    take(run)

    assert OverdueLeases(ledger, patience=0).run_once().runs == 0
    assert run.refresh().state == RunState.RUNNING


def test_a_lease_ends_whatever_a_host_s_clock_says(
    run: Run, take: Take, ledger: LedgerThread, settings, wrong_clock: None
) -> None:
    settings.SAMOVAR = {**settings.SAMOVAR, "LEASE_SECONDS": 0.001}
    take(run)

    # The database's clock has milliseconds: the next one has to come.
    overdue = OverdueLeases(ledger, patience=0)
    wait_for(lambda: overdue.run_once().runs == 1, 10, "the run to be taken up")
    assert run.refresh().state == RunState.QUEUED


def test_a_worker_lives_whatever_a_host_s_clock_says(
    holder: Holder, ledger: LedgerThread, wrong_clock: None
) -> None:
    Worker.objects.update(host_key="another host")

    OverdueLeases(ledger).run_once()

    assert [worker.pk for worker in living()] == [holder.worker_id]
