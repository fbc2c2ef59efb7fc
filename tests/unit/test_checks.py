"""Each mistake in the settings is seen, and says what to do."""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from samovar import checks, conf
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
        checks.check_broker,
        checks.check_lease,
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


CENTRIFUGO = {
    "CENTRIFUGO_URL": "http://localhost:8001",
    "CENTRIFUGO_HTTP_API_KEY": "key",
    "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": "x" * 32,
}


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"CENTRIFUGO_URL": "localhost:8001"}, ["samovar.E011"] * 2),
        ({"CENTRIFUGO_PUBLIC_URL": "localhost:8001"}, ["samovar.E011"]),
        ({"CENTRIFUGO_PUBLIC_URL": "wss://tea.example"}, []),
    ],
)
def test_centrifugos_addresses_are_such(settings, changes, ids):
    settings.SAMOVAR = settings.SAMOVAR | CENTRIFUGO | changes

    assert _ids(checks.check_centrifugo()) == ids


@pytest.mark.parametrize(
    "url",
    ["localhost:6379", "http://there", "redis://there:abc/0", "redis://there;there", ["there"]],
)
def test_what_is_no_address_of_a_broker(settings, url):
    settings.CELERY_BROKER_URL = url

    assert _ids(checks.check_broker()) == ["samovar.E010"]


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "samovar://", "memory://", "redis://", "amqp://me:it@there:5672//"),
        *(
            "redis+socket:///run/redis.sock",
            "sentinel://a:1;sentinel://b:1",
            "my.transport:It://x",
        ),
        ["redis://a", "redis://b"],
    ],
)
def test_addresses_of_brokers(settings, url):
    settings.CELERY_BROKER_URL = url

    assert checks.check_broker() == []


def test_a_brokers_password_is_never_repeated(settings):
    settings.CELERY_BROKER_URL = "http://me:guess-me@there:x"
    [error] = checks.check_broker()

    assert "guess-me" not in f"{error.msg}{error.hint}"


def test_a_lease_that_nobody_can_hold(settings):
    settings.SAMOVAR = settings.SAMOVAR | {"LEASE_SECONDS": 0.5}

    assert _ids(checks.check_lease()) == ["samovar.E012"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTS", "many"),
        ("SLOTS", None),
        ("LEASE_SECONDS", "nan"),
        ("LEASE_SECONDS", "inf"),
        ("STOP_GRACE_SECONDS", "10s"),
        ("OPEN", "no"),
        ("EMBEDDED_WORKER", "0"),
        ("DATA", None),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_name(settings, name, value):
    settings.SAMOVAR = settings.SAMOVAR | {name: value}

    with pytest.raises(ImproperlyConfigured, match=name):
        conf.options()
