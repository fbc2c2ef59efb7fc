"""The beat: what it renews, what it kills, and what it does while the database is away."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import wait

import pytest
from django.db import connection

from samovar.models import Run, Worker
from samovar.runner.heartbeat import Heartbeat
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from tests.rig.cable import Cable
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
LEASE = 1.2


class Busy:
    """What a heart knows of a slot that performs an attempt."""

    def __init__(self, token: uuid.UUID) -> None:
        self.token = token
        self.fenced = threading.Event()
        self.cancelled = threading.Event()

    def hang_up_after(self, seconds: float) -> None:
        """Have no wire."""

    def fence(self, token: uuid.UUID) -> None:
        assert token == self.token
        self.fenced.set()

    def cancel(self, token: uuid.UUID) -> None:
        assert token == self.token
        self.cancelled.set()


@pytest.fixture
def beat(ledger: LedgerThread, holder: Holder, settings) -> Iterator[Callable[[Busy], None]]:
    """Give the way to let a heart beat for a slot."""
    settings.SAMOVAR = {**settings.SAMOVAR, "LEASE_SECONDS": LEASE}
    hearts: list[Heartbeat] = []

    def start(slot: Busy) -> None:
        hearts.append(Heartbeat(ledger, holder.worker_id, [slot], lambda: None))
        hearts[-1].start()

    yield start
    for heart in hearts:
        heart.stop()


def test_an_attempt_that_lost_its_lease_is_killed(
    run: Run, take: Take, beat: Callable[[Busy], None]
) -> None:
    claimed = take(run)
    slot = Busy(claimed.token)
    beat(slot)
    Run(pk=run.pk).release(token=claimed.token)

    assert slot.fenced.wait(10)


def test_a_cancelled_run_s_attempt_is_told(
    run: Run, take: Take, beat: Callable[[Busy], None]
) -> None:
    claimed = take(run)
    slot = Busy(claimed.token)
    beat(slot)
    run.request_cancel(now=run.created_at)

    assert slot.cancelled.wait(10)
    assert not slot.fenced.is_set()


def test_what_cannot_be_renewed_is_killed_unless_this_host_is_alone(
    run: Run, take: Take, ledger: LedgerThread, beat: Callable[[Busy], None]
) -> None:
    """The file of SQLite has no other host, and on this one a rescuer kills first."""
    slot = Busy(take(run).token)
    beat(slot)
    away = threading.Event()
    seen = Worker.objects.get().seen_at

    ledger.post(lambda: away.wait(LEASE if connection.vendor == "sqlite" else 10))

    if connection.vendor == "sqlite":
        wait_for(lambda: Worker.objects.get().seen_at > seen, 10, "the next beat")
        assert not slot.fenced.is_set()
    else:
        assert slot.fenced.wait(10)
    away.set()


def test_a_connection_that_has_gone_deaf_is_given_up(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server")
    cable = Cable(int(connection.settings_dict["PORT"]))
    ledger = LedgerThread()
    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "PORT", cable.port)
        ledger.start()
        assert ledger.call(Worker.objects.count) == 0
        assert cable.deafen() == 1
        answer = ledger.post(Worker.objects.count)
        assert not wait([answer], 0.2).done

        ledger.hang_up()

        assert answer.result(10) == 0
    ledger.stop()
    cable.close()
