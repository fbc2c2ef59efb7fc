"""A runner's database: connections of its own, and queries that end with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from samovar.runner.supervisor import Supervisor
from samovar.types import Outcome
from tests.integration.runner.rig import Performance, start_template
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults


@pytest.fixture
def on_postgresql(postgresql: str) -> Iterator[Callable[..., Performance]]:
    template = start_template(DATABASE_URL=postgresql)
    supervisor = Supervisor(template)

    def start(job: str, **options: Any) -> Performance:
        return Performance(supervisor, job, **options)

    yield start
    supervisor.close()
    template.stop()


@pytest.fixture
def queries(postgresql: str) -> Iterator[Callable[[], int]]:
    """Count what sleeps on the server."""
    with psycopg.connect(postgresql, autocommit=True) as connection:

        def count() -> int:
            rows = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE state = 'active' AND query LIKE 'SELECT pg_backend_pid()%%'"
            )
            return rows.fetchone()[0]

        yield count


@pytest.mark.parametrize("how", ["cancel", "kill"])
def test_a_query_ends_with_its_attempt(on_postgresql, queries, how):
    attempt = on_postgresql("query", seconds=60)
    wait_for(lambda: queries() == 1)
    if how == "cancel":
        attempt.supervisor.cancel()
    else:
        os.kill(attempt.pid, signal.SIGKILL)

    outcome = Outcome.CANCELLED if how == "cancel" else Outcome.LOST
    assert attempt.ending().outcome is outcome
    wait_for(lambda: queries() == 0, 5, "the end of the query on the server")


def test_an_open_transaction_ends_a_runner(on_postgresql):
    first = on_postgresql("leave_transaction")
    assert int(first.ending().result) == first.pid

    assert on_postgresql("pid").pid != first.pid
