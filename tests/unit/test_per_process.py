"""One of a kind in each process."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from samovar.per_process import PerProcess

pytestmark = pytest.mark.unit

THREADS = 8


def test_threads_that_ask_at_once_get_the_same():
    together = Barrier(THREADS)
    one = PerProcess(object)

    def ask(_: int) -> object:
        together.wait()
        return one()

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(ask, range(THREADS)))) == 1


def test_nothing_is_made_before_it_is_asked_for():
    one = PerProcess(object)
    assert one.peek() is None
    assert one() is one.peek()


def test_a_fork_makes_its_own():
    one = PerProcess(os.getpid)
    assert one() == os.getpid()
    child = os.fork()
    if child == 0:
        os._exit(0 if one.peek() is None and one() == os.getpid() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
