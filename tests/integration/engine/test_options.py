"""Celery's call options: honoured, harmless, or refused by name."""

from __future__ import annotations

import datetime as dt
import uuid

import celery
import pytest

from samovar import clock
from samovar.engine.celery.options import translate
from samovar.exceptions import UnsupportedOption

pytestmark = pytest.mark.unit


def _translated(**options):
    return translate(celery.current_app, options)


def test_nothing_given():
    assert set(_translated().values()) == {None}


def test_the_honoured_ones():
    run_id = uuid.uuid4()
    found = _translated(task_id=str(run_id), queue="samovar.mail", priority=3)
    assert (found["id"], found["queue"], found["priority"]) == (run_id, "mail", 3)


@pytest.mark.parametrize("options", [{"countdown": 60}, {"countdown": 60.0}])
def test_a_countdown_is_an_instant(options):
    at = _translated(**options)["available_at"]
    assert dt.timedelta(seconds=59) < at - clock.now() <= dt.timedelta(seconds=60)


def test_an_eta_in_any_zone_or_as_text():
    instant = dt.datetime(2030, 1, 31, 12, tzinfo=dt.timezone(dt.timedelta(hours=3)))
    for eta in (instant, instant.isoformat()):
        assert _translated(eta=eta)["available_at"] == instant


def test_expires_is_a_deadline():
    assert _translated(expires=30)["expires_at"] > clock.now()


def test_harmless_options_are_taken():
    assert (
        _translated(retry=True, serializer="json", headers={"x": 1}, ignore_result=True)["id"]
        is None
    )


def test_an_empty_link_is_no_link():
    assert _translated(link=[], link_error=None)["id"] is None


@pytest.mark.parametrize("name", ["time_limit", "soft_time_limit", "whatever"])
def test_the_others_are_refused_by_name(name):
    with pytest.raises(UnsupportedOption, match=f"'{name}'"):
        _translated(**{name: ["something"]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_id", "not a uuid"),
        ("priority", "high"),
        ("eta", "tomorrow"),
        ("expires", object()),
        ("countdown", 1e300),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_by_name(name, value):
    with pytest.raises(UnsupportedOption, match=f"'{name}'"):
        _translated(**{name: value})
