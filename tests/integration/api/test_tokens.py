"""Bearer tokens: who is let in by one, and what it spares them."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from samovar import clock
from samovar.models import BearerToken, Run
from tests.integration.api.conftest import ROOT, Api, problem

pytestmark = pytest.mark.integration

LONG = "jobs/long_process/runs"


@pytest.fixture
def staff(transactional_db):
    return get_user_model().objects.create_user("bob", is_staff=True)


@pytest.fixture
def shown(staff):
    """Give a token's text as a header."""
    return {"Authorization": f"Bearer {BearerToken.issue(staff, 'ci')[1]}"}


@pytest.fixture
def closed(open_site, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}


@pytest.fixture
def strict():
    """Give a program whose requests are checked as a browser's are."""
    return Api(Client(enforce_csrf_checks=True))


def test_the_text_is_not_kept(staff):
    token, text = BearerToken.issue(staff)
    assert text not in json.dumps(list(BearerToken.objects.values()), default=str)
    assert BearerToken.find(text) == token
    assert len(text) > 43


def test_a_token_opens_a_closed_site(closed, strict, shown, staff):
    response = strict.post(LONG, {"num_seconds": 1}, **shown)
    assert response.status_code == 202
    assert response.json()["owner"] == str(staff.pk)
    assert Run.objects.get().owner == staff


def test_waiting_requests_take_a_token_too(closed, strict, shown, make_run):
    assert strict.get(f"runs/{make_run(state='succeeded').pk}?wait=1", **shown).status_code == 200


def test_a_token_counts_and_the_cookie_does_not(closed, strict, shown, staff, make_run):
    other = get_user_model().objects.create_user("ann")
    run = make_run(owner=staff)
    strict.client.force_login(other)
    problem(strict.get(f"runs/{run.pk}"), 404)
    assert strict.get(f"runs/{run.pk}", **shown).status_code == 200


def test_the_scheme_is_read_in_any_case(closed, strict, shown):
    lower = {"Authorization": shown["Authorization"].replace("Bearer", "bearer")}
    assert strict.get("runs", **lower).status_code == 200


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("text", ["Bearer", "Bearer ", "Bearer samovar_no", "Bearer ключ"])
def test_a_wrong_token_is_refused_on_every_site(settings, api, is_open, text):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": is_open}
    response = api.get("runs", Authorization=text)
    problem(response, 401)
    assert response["WWW-Authenticate"] == 'Bearer realm="samovar", error="invalid_token"'


def test_a_wrong_token_is_not_helped_by_a_cookie(closed, api, staff):
    api.client.force_login(staff)
    problem(api.get("runs", Authorization="Bearer no"), 401)


def test_the_token_of_a_user_who_may_not_come_in_is_refused(closed, strict, shown, staff):
    get_user_model().objects.update(is_active=False)
    problem(strict.get("runs", **shown), 401)


def test_a_removed_token_is_refused(closed, strict, shown):
    BearerToken.objects.all().delete()
    problem(strict.get("runs", **shown), 401)


def test_another_scheme_is_not_ours(api):
    assert api.get("runs", Authorization="Basic YTpi").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_hears_how_to_come_in(closed, strict, method):
    response = getattr(strict, method)(LONG if method == "post" else "runs")
    problem(response, 401)
    assert response["WWW-Authenticate"] == 'Bearer realm="samovar"'


def test_uses_are_noted_coarsely(closed, strict, shown):
    strict.get("runs", **shown)
    first = BearerToken.objects.get().used_at
    assert first is not None
    strict.get("runs", **shown)
    assert BearerToken.objects.get().used_at == first
    hour_ago = clock.now() - dt.timedelta(hours=1)
    BearerToken.objects.update(used_at=hour_ago)
    strict.get("runs", **shown)
    assert BearerToken.objects.get().used_at > hour_ago


def test_pages_take_no_token(closed, client, shown):
    assert client.get("/", headers=shown).status_code == 302


def test_the_description_names_the_ways_in(api, settings, shown):
    document = api.get("openapi.json").json()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {} in document["security"]
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    closed = api.client.get(f"{ROOT}openapi.json", headers=shown).json()
    assert closed["security"] == [{"bearer": []}, {"session": []}]
