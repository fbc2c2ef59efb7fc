"""An open site and a way to call its API."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from samovar.models import Run

ROOT = "/api/v1/"


@pytest.fixture(autouse=True)
def open_site(transactional_db, settings):
    """Let everybody in, as the demo does."""
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}


class Api:
    """The API as a program uses it: paths below `/api/v1/`, JSON in and out."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **headers: str):
        return self.client.get(ROOT + path, headers=headers)

    def post(self, path: str, body: object = None, **headers: str):
        data = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        return self.client.post(ROOT + path, data, "application/json", headers=headers)


@pytest.fixture
def api(client):
    return Api(client)


@pytest.fixture
def make_run():
    """Write a run into the ledger as it is, without offering it to anybody."""

    def make(**values) -> Run:
        defaults = {"job": "long_process", "state": "queued", "params": {"num_seconds": 1}}
        return Run.objects.create(**{**defaults, **values})

    return make


def problem(response, status: int) -> dict:
    """Return the problem in `response`, which has this status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    return body
