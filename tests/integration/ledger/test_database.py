"""The ledger thread's connection, and SQLite's gate and WAL."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest
from django.db import close_old_connections, connection, transaction

from samovar import transactions
from samovar.models import Run
from samovar.runtime import ledger as ledger_module
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.submit import submit
from tests.integration.ledger.jobs import counted
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def only_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server")


@pytest.fixture
def only_sqlite() -> Path:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no gate")
    return Path(connection.settings_dict["NAME"])


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _is_over(pid: int) -> bool:
    """Ask by a connection of its own whether a session has ended."""
    with contextlib.closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
        return cursor.fetchone() == (0,)


def test_a_lost_connection_is_made_again(only_postgresql, ledger: LedgerThread, run: Run) -> None:
    first = ledger.call(_backend)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first])

    changed = ledger.call(lambda: Run.objects.filter(pk=run.pk).update(priority=3))

    assert changed == 1
    assert ledger.call(_backend) != first


def test_a_connection_that_is_lost_in_the_middle_loses_nothing(
    only_postgresql, ledger: LedgerThread, run: Run
) -> None:
    calls: list[int] = []

    def write() -> int:
        changed = Run.objects.filter(pk=run.pk).update(priority=4)
        calls.append(_backend())
        if len(calls) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return changed

    assert ledger.call(write) == 1
    assert len(calls) >= 2
    assert run.refresh().priority == 4


def test_a_transaction_that_was_cut_off_is_ended_and_done_again(
    only_postgresql, ledger: LedgerThread, run: Run, monkeypatch
) -> None:
    """Else a line that has gone deaf would hold its locks for hours."""
    monkeypatch.setattr(transactions, "IDLE_MILLISECONDS", 50)
    calls = []

    def write() -> int:
        changed = Run.objects.filter(pk=run.pk).update(priority=4)
        calls.append(_backend())
        if len(calls) == 1:
            wait_for(lambda: _is_over(calls[0]), 20, "the server to end the session")
        return changed

    assert ledger.call(write) == 1
    assert calls[0] != calls[1]
    assert run.refresh().priority == 4


def test_the_connection_is_kept(only_postgresql, ledger: LedgerThread) -> None:
    first = ledger.call(_backend)
    close_old_connections()

    assert ledger.call(_backend) == first


def test_what_is_done_after_a_commit_may_write(only_sqlite, transactional_db) -> None:
    done: list[Run] = []

    def submit_after() -> None:
        transactions.after_commit(lambda: done.append(submit(counted, {})))

    def work() -> None:
        with transactions.write():
            submit_after()
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()
    assert Run.objects.filter(pk=done[0].pk).exists()


def test_the_wal_is_emptied_in_a_quiet_moment(
    only_sqlite: Path, ledger: LedgerThread, monkeypatch
) -> None:
    monkeypatch.setattr(ledger_module, "IDLE_SECONDS", 0.05)
    wal = Path(f"{only_sqlite}-wal")
    big = "x" * 2_000_000
    ledger.call(lambda: submit(counted, {"number": big}))

    wait_for(lambda: wal.stat().st_size == 0, 10, "the WAL to be empty")

    assert Run.objects.get().params["number"] == big


def test_a_transaction_holds_the_write_lock_from_its_beginning(
    only_sqlite: Path, transactional_db
) -> None:
    """Else one that has read may find at its first write that another has written meanwhile."""
    with (
        transaction.atomic(),
        contextlib.closing(sqlite3.connect(only_sqlite, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
