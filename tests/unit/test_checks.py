"""Each mistake in the settings is seen, and says what to do."""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.db import connection

from samovar import checks
from samovar.jobs import registry
from samovar.jobs.registry import Clash

pytestmark = pytest.mark.unit


def _ids(found) -> list[str]:
    assert all(message.hint for message in found)
    return [message.id for message in found]


def test_the_demo_has_no_mistake():
    for check in (
        checks.check_clashes,
        checks.check_order,
        checks.check_database,
        checks.check_system,
        checks.check_data,
        checks.check_centrifugo,
        checks.check_flower,
    ):
        assert check() == []


def test_two_jobs_of_one_name(monkeypatch):
    clash = Clash("twice", "shop/tasks.py:3", "shop/jobs.py:9")
    monkeypatch.setattr(registry, "_clashes", {("twice", "shop/jobs.py:9"): clash})

    assert _ids(checks.check_clashes()) == ["samovar.E001"]
    assert "shop/jobs.py:9" in checks.check_clashes()[0].msg


def test_another_runserver_comes_first(settings):
    settings.INSTALLED_APPS = ["django.contrib.staticfiles", "samovar"]

    assert _ids(checks.check_order()) == ["samovar.W001"]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"NAME": ":memory:"}, ["samovar.E004"]),
        ({"NAME": "file:x?mode=memory&cache=shared"}, ["samovar.E004"]),
        ({"NAME": "file:memorydb_default?mode=memory&cache=shared"}, []),
        ({"TIME_ZONE": "Europe/Moscow"}, ["samovar.E005"]),
        ({"TIME_ZONE": "UTC"}, []),
        ({"ATOMIC_REQUESTS": True}, ["samovar.W002"]),
    ],
)
def test_sqlite_as_it_cannot_be_used(monkeypatch, changes, ids):
    if connection.vendor != "sqlite":
        pytest.skip("the settings name PostgreSQL")
    for name, value in changes.items():
        monkeypatch.setitem(connection.settings_dict, name, value)

    assert _ids(checks.check_database()) == ids


def test_local_times(settings):
    settings.USE_TZ = False

    assert _ids(checks.check_database()) == ["samovar.E003"]


def test_a_database_that_we_do_not_know(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "oracle", raising=False)

    assert _ids(checks.check_database()) == ["samovar.E002"]


def test_a_data_folder_that_cannot_be_written(settings):
    settings.SAMOVAR = {**configured.SAMOVAR, "DATA": "/proc/1/samovar"}

    assert _ids(checks.check_data()) == ["samovar.E007"]


def test_centrifugo_without_its_keys(settings):
    settings.SAMOVAR = {**configured.SAMOVAR, "CENTRIFUGO_URL": "http://localhost:8001"}

    assert _ids(checks.check_centrifugo()) == ["samovar.E008"]
    assert "CENTRIFUGO_HTTP_API_KEY" in checks.check_centrifugo()[0].msg


@pytest.mark.parametrize(
    ("secret", "ids"),
    [("x" * 31, ["samovar.W003"]), ("x" * 32, []), ("ж" * 16, []), ("ж" * 15, ["samovar.W003"])],
)
def test_a_secret_of_centrifugo_that_can_be_guessed(settings, secret, ids):
    settings.SAMOVAR = {
        **configured.SAMOVAR,
        "CENTRIFUGO_URL": "http://localhost:8001",
        "CENTRIFUGO_HTTP_API_KEY": "key",
        "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": secret,
    }

    assert _ids(checks.check_centrifugo()) == ids


def test_a_short_secret_is_never_repeated_in_the_warning(settings):
    settings.SAMOVAR = {
        **configured.SAMOVAR,
        "CENTRIFUGO_URL": "http://localhost:8001",
        "CENTRIFUGO_HTTP_API_KEY": "key",
        "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": "guess-me",
    }
    [warning] = checks.check_centrifugo()

    assert "8 bytes" in warning.msg
    assert "guess-me" not in f"{warning.msg}{warning.hint}"


def test_flowers_address_is_one_that_a_browser_can_follow(settings):
    settings.SAMOVAR = settings.SAMOVAR | {"FLOWER_URL": "javascript:alert(1)"}

    assert _ids(checks.check_flower()) == ["samovar.E009"]
