"""The ledger thread's connection, and SQLite's gate and WAL."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from functools import partial
from pathlib import Path

import pytest
from django.db import close_old_connections, connection, transaction

from samovar import sqlite as sqlite_module
from samovar import transactions
from samovar.models import Run
from samovar.runtime import ledger as ledger_module
from samovar.runtime.changeover import Bid, Changeover
from samovar.runtime.claim import Holder
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


def _has_in_its_file(database: Path, folder: Path, runs: int) -> bool:
    """Return whether so many runs stand in the database's own file, whatever its WAL holds."""
    copy = folder / "copy.sqlite3"
    shutil.copy(database, copy)
    with (
        contextlib.closing(sqlite3.connect(copy)) as other,
        contextlib.suppress(sqlite3.DatabaseError),  # copied while it was written
    ):
        return other.execute("SELECT count(*) FROM samovar_run").fetchone() == (runs,)
    return False


def test_the_wal_is_emptied_in_a_quiet_moment(
    only_sqlite: Path, ledger: LedgerThread, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(ledger_module, "IDLE_SECONDS", 0.05)
    big = "x" * 2_000_000
    ledger.call(lambda: submit(counted, {"number": big}))

    wait_for(lambda: _has_in_its_file(only_sqlite, tmp_path, 1), 10, "the WAL to be empty")

    assert Run.objects.get().params["number"] == big


def test_the_wal_is_written_over_and_keeps_its_length(
    only_sqlite: Path, ledger: LedgerThread, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(ledger_module, "IDLE_SECONDS", 0.05)
    wal = Path(f"{only_sqlite}-wal")
    big = "x" * 2_000_000
    lengths = []
    for number in (1, 2, 3):
        ledger.call(lambda: submit(counted, {"number": big}))
        wait_for(
            partial(_has_in_its_file, only_sqlite, tmp_path, number),
            10,
            "the WAL to be empty",
        )
        lengths.append(wal.stat().st_size)

    assert len(big) < lengths[0] <= lengths[-1] < lengths[0] + len(big) / 2


def test_a_very_long_wal_is_cut_off(only_sqlite: Path, ledger: LedgerThread, monkeypatch) -> None:
    monkeypatch.setattr(ledger_module, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(sqlite_module, "LONGEST_BYTES", 3_000_000)
    wal = Path(f"{only_sqlite}-wal")
    ledger.call(lambda: submit(counted, {"number": "x" * 4_000_000}))

    wait_for(
        lambda: wal.stat().st_size == sqlite_module.LAID_OUT_BYTES, 10, "the WAL to be cut off"
    )


def _level() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


def test_a_commit_that_does_not_wait_for_the_disk_is_brought_there_soon(
    only_sqlite: Path, ledger: LedgerThread, monkeypatch
) -> None:
    synced, sync = threading.Event(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (sync(file), synced.set()))

    assert ledger.call(_level, is_synced=False) == 1
    assert synced.wait(10)
    assert ledger.call(_level) == 2


def test_who_waits_for_the_disk_takes_others_along(
    only_sqlite: Path, ledger: LedgerThread
) -> None:
    gate = threading.Event()
    first = ledger.post(gate.wait)
    both = [ledger.post(_level, is_synced=is_synced) for is_synced in (False, True)]
    gate.set()

    assert first.result(10)
    assert [each.result(10) for each in both] == [2, 2]


@pytest.mark.parametrize("crashes", [1, 3])
def test_a_claim_waits_for_the_disk_if_its_loss_would_be_the_last(
    only_sqlite: Path, ledger: LedgerThread, holder: Holder, monkeypatch, crashes
) -> None:
    run = submit(counted, {"number": 3})
    Run.objects.update(crashes=crashes)
    syncers, sync = [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (sync(file), syncers.append(threading.current_thread()))
    )
    bid = Bid(holder=holder, pid=7, queues=(run.queue,), jobs=(run.job,))

    assert Changeover(ledger).claim(bid)
    assert (threading.current_thread() in syncers) is (crashes == 1)


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
