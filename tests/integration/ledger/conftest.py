"""A worker's side of the ledger, without its processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from samovar.models import Run, Worker
from samovar.models.fields import uuid7
from samovar.runtime import host
from samovar.runtime.claim import Claimed, Holder, claim
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.submit import submit
from tests.integration.ledger.jobs import counted


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[LedgerThread]:
    """Give a ledger thread that runs."""
    thread = LedgerThread()
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def holder(transactional_db: None) -> Holder:
    """Give a worker of this host."""
    worker = Worker.objects.create(
        name="samovar@test", host="test", host_key=host.host_key(), pid=1, slots=2
    )
    return Holder(worker.pk, worker.name, worker.host)


@pytest.fixture
def run(transactional_db: None) -> Run:
    """Give a queued run."""
    return submit(counted, {"number": 3})


@pytest.fixture
def take(ledger: LedgerThread, holder: Holder) -> Callable[[Run], Claimed]:
    """Give the way to claim a run."""

    def claim_it(run: Run) -> Claimed:
        token = uuid7()
        claimed = ledger.call(
            lambda: claim(run.pk, token=token, holder=holder, pid=7, brand=1, is_first=True)
        )
        assert claimed is not None
        return claimed

    return claim_it


def stranger() -> uuid.UUID:
    """Return a token that nobody has."""
    return uuid.uuid4()
