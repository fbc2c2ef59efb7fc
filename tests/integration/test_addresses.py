"""A walk over all our addresses: what each tells the browser, and that none is left open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, include, path
from django.urls.resolvers import RegexPattern

from samovar import urls
from samovar.web.headers import HEADERS
from tests.integration.api.conftest import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

OPEN = {"healthz", "readyz"}
"""What answers anybody, on a closed site too."""
MISSING = {ROOT.lstrip("/"), f"{ROOT}nothing".lstrip("/")}
"""What answers anybody that there is nothing."""
VALUES = {
    "name": "long_process",
    "group_id": "00000000-0000-7000-8000-000000000000",
    "run_id": "00000000-0000-7000-8000-000000000000",
    "schedule_id": "00000000-0000-7000-8000-000000000000",
}


def _addresses(patterns=urls.urlpatterns, root: str = "") -> Iterator[str]:
    """Yield an address for each of our patterns; it fails at one whose values it does not know."""
    for pattern in patterns:
        part = str(pattern.pattern)
        if isinstance(pattern.pattern, RegexPattern):
            part = "nothing"
        for converter in pattern.pattern.converters:
            part = part.replace(f"<{converter}>", VALUES[converter])
            part = part.replace(f"<str:{converter}>", VALUES[converter])
        if isinstance(pattern, URLPattern):
            yield root + part
        else:
            yield from _addresses(pattern.url_patterns, root + part)


ADDRESSES = list(_addresses())


@pytest.fixture
def closed(settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}


def test_the_walk_meets_what_it_should():
    assert set(ADDRESSES) > OPEN | MISSING
    assert {"", "jobs/long_process/", "api/v1/docs", "api/v1/jobs/long_process/runs"} < set(
        ADDRESSES
    )
    assert not [address for address in ADDRESSES if "<" in address]


@pytest.mark.parametrize("address", sorted(set(ADDRESSES) - OPEN - MISSING))
def test_a_stranger_is_refused_on_a_closed_site(closed, address):
    client = Client(enforce_csrf_checks=True)
    statuses = set()
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        response = client.generic(method, f"/{address}")
        statuses.add(response.status_code)
        if response.status_code == 302:
            assert response["Location"].startswith("/accounts/login/?next=")
    assert statuses <= {302, 401, 405}
    assert statuses & {302, 401}


@pytest.mark.parametrize("address", sorted(OPEN | MISSING))
def test_what_is_open_tells_nothing_of_runs(closed, client, address):
    assert client.get(f"/{address}").status_code in {200, 404, 503}


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("address", ADDRESSES)
def test_each_answer_carries_the_headers(settings, client, address, is_open):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": is_open}
    response = client.get(f"/{address}")
    for name in HEADERS:
        assert name in response.headers, name
    assert response["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in response["Content-Security-Policy"]


def test_the_host_s_pages_are_left_alone(client):
    response = client.get("/admin/login/")
    assert response.status_code == 200
    assert "Content-Security-Policy" not in response.headers


def test_a_host_that_wants_a_login_everywhere_leaves_the_doors_to_us(settings, client):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert client.get("/healthz").status_code == 200
    assert client.get(f"{ROOT}runs").status_code == 401


class Prefixed:
    """A project that has us under a prefix."""

    urlpatterns = [path("tea/", include("samovar.urls"))]


def test_the_headers_come_under_a_prefix_too(settings, client):
    settings.ROOT_URLCONF = Prefixed
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}
    assert "Content-Security-Policy" in client.get(f"/tea{ROOT}docs").headers
