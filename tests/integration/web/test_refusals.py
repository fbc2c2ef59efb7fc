"""What cannot be shown says so on a page of ours, with a way back."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import include, path

from tests.integration.web.conftest import Page


def fall(_request):
    raise ZeroDivisionError


urlpatterns = [path("falls/", fall), path("", include("config.urls"))]


def refuse(*_args):
    raise OperationalError("the server closed the connection")


@pytest.mark.parametrize("address", ["/", "/runs/", "/workers/"])
def test_a_database_that_is_away_is_told_of(client, russian, address):
    with connection.execute_wrapper(refuse):
        response = client.get(address)
        in_russian = russian.get(address)
    assert response.status_code == in_russian.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "/" in Page(response).links()
    assert Page(response).texts("h1") == ["Not now"]
    assert Page(in_russian).texts("h1") == ["Сейчас не получится"]


@pytest.mark.parametrize("action", ["cancellation", "again"])
def test_a_visit_to_an_action_says_that_it_wants_a_press(client, make_run, action):
    run = make_run("running")
    response = client.get(f"/runs/{run.pk}/{action}/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "/" in Page(response).links()
    assert run.refresh().state == "running"


@pytest.mark.urls("tests.integration.web.test_refusals")
def test_an_error_of_the_server_has_a_way_back(settings):
    settings.DEBUG = False
    client = Client(raise_request_exception=False, headers={"accept-language": "ru"})
    response = client.get("/falls/")
    assert response.status_code == 500
    assert Page(response).attributes("html")[0]["lang"] == "ru"
    assert "/" in Page(response).links()
