"""Putting processes down has an end, whatever comes after them."""

from __future__ import annotations

import itertools
import time

import pytest

from samovar import brand

pytestmark = pytest.mark.unit

NO_PROCESS = 1 << 23
"""Above every process id that Linux gives."""


@pytest.mark.timeout(20)
def test_who_is_always_another_one_is_given_up_in_time() -> None:
    numbers = itertools.count(NO_PROCESS)
    began = time.monotonic()

    assert not brand.put_down(lambda: [next(numbers)], seconds=0.05)
    assert time.monotonic() - began >= 0.05


def test_nothing_left_is_the_proof() -> None:
    assert brand.put_down(lambda: None, seconds=0.0)
