"""Exceptions and results as the ledger can keep them."""

from __future__ import annotations

import json

import pytest

from samovar.jobs.retry import asked_wait
from samovar.runner.faults import fault_of, storable
from samovar.runner.json_text import LONGEST_RESULT, NotJSON, json_text


class Rude(Exception):
    __notes__ = 5

    def __str__(self) -> str:
        raise self


class Leaving(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)

    @property
    def retry_after(self) -> float:
        raise SystemExit(4)


@pytest.mark.parametrize("rude", [Rude, Leaving])
def test_an_exception_may_be_rude(rude):
    fault = fault_of(rude())

    assert fault.type == rude.__name__
    assert rude.__name__ in fault.message
    assert rude.__name__ in fault.traceback
    assert asked_wait(rude()) is None


def test_texts_are_made_storable():
    assert storable("a\0\ud800", 10) == "a\ufffd?"
    assert storable("x" * 100, 20) == "xxxxxxx\n[…]\nxxxxxxx"


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "a\\", ""])
def test_a_backslash_is_no_nul(text):
    assert json.loads(json_text([text])) == [text]


@pytest.mark.parametrize("value", ["\0", {"a": ["\\\0"]}, {"\0": 1}, "\\\\\0"])
def test_nul_is_refused_anywhere(value):
    with pytest.raises(NotJSON, match="NUL"):
        json_text(value)


def test_a_result_has_a_limit():
    with pytest.raises(NotJSON, match="16 MiB"):
        json_text("x" * LONGEST_RESULT)


def test_a_deep_result_is_refused():
    deep: list[object] = [set()]
    for _ in range(450):
        deep = [deep]
    with pytest.raises(NotJSON):
        json_text(deep)


def test_a_bad_key_is_named():
    with pytest.raises(NotJSON, match=r"A key of result\['a'\] is of type tuple"):
        json_text({"a": {(1, 2): 3}})
