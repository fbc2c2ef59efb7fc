"""`token`: bearer tokens from a terminal."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from samovar.models import BearerToken

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _said(*argv: str) -> str:
    out = io.StringIO()
    call_command("samovar", "token", *argv, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture(autouse=True)
def ann():
    return get_user_model().objects.create_user("ann")


def test_a_token_is_printed_alone_and_once(ann):
    text = _said("add", "ann", "--name", "ci").strip()
    token = BearerToken.find(text)
    assert (token.user, token.name) == (ann, "ci")
    for shown in (_said("list"), _said("list", "--json")):
        assert "ann" in shown
        assert "ci" in shown
        assert text not in shown


def test_it_speaks_json():
    told = json.loads(_said("add", "ann", "--json"))
    assert BearerToken.find(told["token"]).pk == told["id"]
    assert json.loads(_said("list", "--json"))[0]["used_at"] is None


def test_a_token_is_removed():
    _said("add", "ann")
    _said("remove", str(BearerToken.objects.get().pk))
    assert not BearerToken.objects.exists()


@pytest.mark.parametrize(
    "argv", [["add", "nobody"], ["add"], ["remove", "4711"], ["remove", "x"], ["turn"], []]
)
def test_bad_input_is_told_in_one_line(argv):
    err = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("samovar", "token", *argv, stdout=io.StringIO(), stderr=err)
    assert left.value.code == 2


def test_a_user_who_may_not_come_in_gets_none():
    get_user_model().objects.update(is_active=False)
    with pytest.raises(SystemExit):
        _said("add", "ann")
    assert not BearerToken.objects.exists()
