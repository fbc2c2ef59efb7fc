"""Limits are said in few words, and refused when they cannot be meant."""

from __future__ import annotations

import pytest

from samovar import Limit
from samovar.exceptions import InvalidJob
from samovar.jobs.limits import Limits, Rate
from samovar.jobs.signature import Signature

pytestmark = pytest.mark.unit


def body(user: int, note: str = "") -> None: ...


SIGNATURE = Signature.of(body)
PARAMS = {"user": 1, "note": ""}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/m", Rate(10, 60)),
        ("1/s", Rate(1, 1)),
        ("5/30s", Rate(5, 30)),
        ("100 / 2 h", Rate(100, 7200)),
        ("3/d", Rate(3, 86400)),
    ],
)
def test_a_rate_is_a_count_and_a_time(text: str, rate: Rate) -> None:
    assert Rate.of(text) == rate


@pytest.mark.parametrize(
    "given", ["", "10", "10/", "/m", "0/m", "1/0s", "-1/m", "1/y", 10, "1/m "]
)
def test_another_rate_is_refused(given: object) -> None:
    with pytest.raises(InvalidJob, match="rate="):
        Rate.of(given)


@pytest.mark.parametrize("most", [0, -1, 1.5, True, "1"])
def test_a_limit_is_a_whole_number(most: object) -> None:
    with pytest.raises(InvalidJob, match="concurrency="):
        Limit(most)  # type: ignore[arg-type]


def test_a_limit_s_key_names_parameters() -> None:
    with pytest.raises(InvalidJob, match="no parameter 'who'"):
        Limits(Limit(1, key="who"), None, SIGNATURE)


def test_what_is_counted_together() -> None:
    rate = Rate(1, 60)
    keyed = Limits(Limit(2, key="{user}"), None, SIGNATURE)
    whole = Limits(Limit(3), rate, SIGNATURE)
    choosy = Limits(Limit(4, key=lambda note, **_: note or None), rate, SIGNATURE)

    assert (keyed.key_of(PARAMS), keyed.most("=1")) == ("=1", 2)
    assert (whole.key_of(PARAMS), whole.most("")) == ("", 3)
    assert (choosy.key_of(PARAMS), choosy.most("")) == ("", None)
    assert choosy.key_of(PARAMS | {"note": "x"}) == "=x"
    assert Limits(None, None, SIGNATURE).key_of(PARAMS) is None
