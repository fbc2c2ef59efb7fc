"""The deadline for the start is over once a run has begun."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from samovar import clock
from samovar.models import Run, RunState
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.submit import submit
from samovar.runtime.upkeep.dispatcher import Dispatcher
from samovar.types import Ending, Outcome
from tests.integration.ledger.jobs import counted

pytestmark = pytest.mark.integration


def test_a_run_that_was_handed_back_does_not_expire(
    take: Callable[[Run], Claimed], ledger: LedgerThread
) -> None:
    run = submit(counted, {}, expires_at=clock.now() + dt.timedelta(seconds=60))
    claimed = take(run)
    settle(ledger, claimed, Ending(Outcome.RELEASED, reason="x"), Recorder(ledger, claimed))

    assert run.refresh().expires_at is None
    assert Dispatcher(ledger).run_once().expired == 0
    assert run.refresh().state == RunState.QUEUED
