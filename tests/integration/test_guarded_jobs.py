"""Jobs that not everybody may start, or not without agreeing: pages and API say the same."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from samovar.models import Run
from tests.integration import asked

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NAMES = [asked.permitted.name, asked.for_superusers.name, asked.broken.name]


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def site(request, settings):
    """Let everybody in, or only those who are known."""
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": request.param}


@pytest.fixture
def person(site, client: Client):
    """Sign somebody in who may nothing in particular."""
    user = get_user_model().objects.create_user("ann", password="a", is_staff=True)
    client.force_login(user)
    return user


def start(client: Client, name: str) -> tuple[int, int, int]:
    """Return how the page, its form and the API answer."""
    address = f"/api/v1/jobs/{name}/runs"
    return (
        client.get(f"/jobs/{name}/").status_code,
        client.post(f"/jobs/{name}/").status_code,
        client.post(address, json.dumps({}), "application/json").status_code,
    )


def listed(client: Client) -> set[str]:
    return {job["name"] for job in client.get("/api/v1/jobs").json()} & set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_who_may_not_start_a_job_is_refused_everywhere(client: Client, person, name: str) -> None:
    assert start(client, name) == (403, 403, 403)
    assert listed(client) == set()
    assert name not in client.get("/").content.decode()
    assert not Run.objects.exists()


def test_again_is_a_start_too(client: Client, person) -> None:
    run = Run.objects.create(job=asked.permitted.name, state="failed", owner=person)

    assert client.post(f"/runs/{run.pk}/again/").status_code == 403
    assert client.post(f"/api/v1/runs/{run.pk}/again").status_code == 403


def test_a_permission_of_django_s_lets_in(client: Client, person) -> None:
    right = Permission.objects.get(codename="add_run", content_type__app_label="samovar")
    person.user_permissions.add(right)

    assert start(client, asked.permitted.name) == (200, 303, 202)
    assert listed(client) == {asked.permitted.name}


def test_a_function_lets_in(client: Client, person) -> None:
    person.is_superuser = True
    person.save()

    assert start(client, asked.for_superusers.name) == (200, 303, 202)
    assert start(client, asked.broken.name) == (403, 403, 403)


def test_the_form_asks_and_the_server_insists(client: Client, person) -> None:
    address = f"/jobs/{asked.confirmed.name}/"
    assert "This deletes all orders." in client.get(address).content.decode()

    refused = client.post(address, {"number": "7"})

    assert refused.status_code == 422
    page = refused.content.decode()
    assert 'aria-invalid="true"' in page
    assert 'value="7"' in page
    assert not Run.objects.exists()
    assert client.post(address, {"number": "7", "_confirm": "on"}).status_code == 303


def test_what_is_to_be_confirmed_is_not_repeated_by_one_press(client: Client, person) -> None:
    run = Run.objects.create(job=asked.confirmed.name, params={"number": 3}, state="failed")

    answer = client.post(f"/runs/{run.pk}/again/")

    assert answer["Location"] == f"/jobs/{asked.confirmed.name}/?like={run.pk}"
    assert 'value="3"' in client.get(answer["Location"]).content.decode()
    assert Run.objects.count() == 1


def test_programs_are_told_what_a_person_is_asked(client: Client, person) -> None:
    told = client.get(f"/api/v1/jobs/{asked.confirmed.name}").json()

    assert told["confirm"] == "This deletes all orders."
