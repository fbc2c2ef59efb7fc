"""Who reads a log while it grows sees its beginning without a gap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from django.db import connection

from samovar.models import Chunk, Run
from samovar.runtime import lines
from samovar.types import Batch

pytestmark = pytest.mark.integration


def store(run: Run, first: int, texts: list[str]) -> None:
    Chunk.pack(run.pk, 1, first, [Batch(1.0, "stdout", "info", texts)]).save()


def elsewhere(run: Run, after: int) -> None:
    """Commit two chunks behind line `after`, by a connection of another thread."""
    try:
        store(run, after + 1, ["one"])
        store(run, after + 2, ["two", "three"])
    finally:
        connection.close()


@pytest.mark.parametrize(("known", "look"), [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3)])
def test_what_comes_between_two_looks_leaves_no_gap(run: Run, known: int, look: int) -> None:
    if known:
        store(run, 1, ["zero"])
    looks = count(1)

    def grow(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if next(looks) == look:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(elsewhere, run, known).result()
        return found

    with connection.execute_wrapper(grow):
        told, _ = lines.read(run.pk, after=0)
    assert [line.n for line in told] == list(range(1, len(told) + 1))

    told, more = lines.read(run.pk, after=0)
    assert [line.n for line in told] == list(range(1, known + 4))
    assert not more
