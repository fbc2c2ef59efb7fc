"""A closed site: who is let in, and what each sees."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.integration.api.conftest import ROOT, problem

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def closed_site(open_site, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}


@pytest.fixture
def person():
    return get_user_model().objects.create_user("ann", password="a")


@pytest.fixture
def staff():
    return get_user_model().objects.create_user("bob", password="b", is_staff=True)


@pytest.mark.parametrize("path", ["jobs", "runs", "openapi.json", "docs", "nothing/else"])
def test_a_visitor_sees_nothing(api, path):
    problem(api.get(path), 404 if path == "nothing/else" else 401)


def test_a_person_sees_their_own_runs(api, person, make_run):
    own, other = make_run(owner=person), make_run()
    api.client.force_login(person)
    assert [run["id"] for run in api.get("runs").json()["items"]] == [str(own.pk)]
    problem(api.get(f"runs/{other.pk}"), 404)
    problem(api.post(f"runs/{other.pk}/cancellation"), 404)


def test_a_person_may_not_start_what_staff_may(api, person, staff):
    api.client.force_login(person)
    problem(api.post("jobs/long_process/runs", {"num_seconds": 1}), 403)
    api.client.force_login(staff)
    response = api.post("jobs/long_process/runs", {"num_seconds": 1})
    assert response.status_code == 202
    assert response.json()["owner"]


def test_a_session_needs_its_token(staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    path, body = f"{ROOT}jobs/long_process/runs", json.dumps({"num_seconds": 1})
    problem(client.post(path, body, "application/json"), 403)
    client.cookies["csrftoken"] = token = "a" * 32
    headers = {"X-CSRFToken": token}
    assert client.post(path, body, "application/json", headers=headers).status_code == 202
