"""A key says which runs of a job are the same."""

from __future__ import annotations

import datetime as dt

import pytest

from samovar.jobs.key import LONGEST, Key
from samovar.jobs.signature import Signature

pytestmark = pytest.mark.unit


def body(user: int, day: dt.date = dt.date(2026, 1, 2), note: str = "") -> None: ...


SIGNATURE = Signature.of(body)


def key(rule, **params: object) -> str | None:
    made = Key.of("unique", rule, SIGNATURE)
    assert made is not None
    return made(SIGNATURE.validate({"user": 1} | params))


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        (True, 'day="2026-01-02", note="", user=1'),
        ("user", "user=1"),
        (("user", "day"), 'day="2026-01-02", user=1'),
        ("{user}-{day:%Y}", "1-2026"),
        (lambda user, day, **_: f"{user} in {day.month}", "1 in 1"),
        (lambda **_: None, None),
    ],
)
def test_a_rule_makes_a_key_of_the_params(rule, made):
    assert key(rule) == made


def test_equal_params_sent_in_another_way_have_one_key():
    assert key(True, note="", day="2026-01-02") == key(True)


@pytest.mark.parametrize("note", ["x" * 1000, "a\0b", "\ud800", "line\nline"])
def test_a_key_that_no_column_holds_is_hashed(note):
    made = key(lambda **_: note)

    assert made is not None
    assert len(made) == 64 <= LONGEST
    assert made != key(lambda **_: note + "!")


def test_a_rule_may_be_switched_off():
    assert Key.of("unique", False, SIGNATURE) is None
