"""`check --deploy` names each setting that is fit for one machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection

from samovar import deployment

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def _ids(found) -> list[str]:
    assert all(message.hint for message in found)
    return [message.id for message in found]


def _all() -> list[str]:
    checks = [
        deployment.check_defaults,
        deployment.check_debug,
        deployment.check_open,
        deployment.check_embedded,
        deployment.check_reach,
        deployment.check_flower,
    ]
    return [name for check in checks for name in _ids(check())]


def test_safe_settings_are_passed(settings):
    settings.SAMOVAR = {**configured.SAMOVAR, "OPEN": False, "EMBEDDED_WORKER": False}

    assert _all() == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "django-insecure-1234", "SECRET_KEY"),
        ("CELERY_BROKER_URL", "amqp://samovar:insecure-samovar@there//", "the broker's password"),
        ("CELERY_BROKER_URL", "redis://:changeme@there", "the broker's password"),
        ("CELERY_BROKER_URL", ["amqp://guest:guest@there//"], "the broker's password"),
    ],
)
def test_a_default_that_everybody_knows(settings, name, value, said):
    setattr(settings, name, value)

    assert _ids(deployment.check_defaults()) == ["samovar.W101"]
    assert said in deployment.check_defaults()[0].msg


def test_flowers_own_login_and_its_open_api(monkeypatch):
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "samovar:insecure")
    monkeypatch.setenv("FLOWER_UNAUTHENTICATED_API", "true")

    assert "FLOWER_BASIC_AUTH" in deployment.check_defaults()[0].msg
    assert _ids(deployment.check_flower()) == ["samovar.W106"]


def test_a_database_with_the_password_of_its_image(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "postgres")

    assert "the database's password" in deployment.check_defaults()[0].msg


@pytest.mark.parametrize(
    ("login", "ids"),
    [("", ["samovar.W106"]), ("FLOWER_BASIC_AUTH", []), ("FLOWER_AUTH", [])],
)
def test_flower_is_linked_and_no_login_is_known(settings, monkeypatch, login, ids):
    settings.SAMOVAR = {**configured.SAMOVAR, "FLOWER_URL": "http://there:5555"}
    for name in ("FLOWER_BASIC_AUTH", "FLOWER_AUTH", "FLOWER_UNAUTHENTICATED_API"):
        monkeypatch.delenv(name, raising=False)
    if login:
        monkeypatch.setenv(login, "me:it")

    assert _ids(deployment.check_flower()) == ids


def test_a_broker_beside_a_file(settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://there"
    monkeypatch.setattr(connection, "vendor", "sqlite", raising=False)

    assert _ids(deployment.check_reach()) == ["samovar.W105"]


def test_an_embedded_worker_behind_several_web_processes(settings, monkeypatch):
    settings.SAMOVAR = {**configured.SAMOVAR, "EMBEDDED_WORKER": True}
    monkeypatch.setenv("WEB_CONCURRENCY", "4")

    assert _ids(deployment.check_embedded()) == ["samovar.W104"]
    assert "4 web processes" in deployment.check_embedded()[0].msg


def test_compose_as_it_comes_is_named_throughout(tmp_path):
    """The defaults of compose.yaml are for loopback; the check says each of them."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--tag", "samovar"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "SAMOVAR_DATA": str(tmp_path),
            **_compose_defaults(),
        },
        check=False,
        capture_output=True,
        text=True,
    )
    for word in ("samovar.W101", "samovar.W103", "database's password", "FLOWER_BASIC_AUTH"):
        assert word in done.stderr
    assert "CENTRIFUGO_HTTP_API_KEY, CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY" in done.stderr


def _compose_defaults() -> dict[str, str]:
    """Return the variables of our services, when nothing is set where Compose runs."""
    done = {}
    for line in (ROOT / "compose.yaml").read_text().splitlines():
        name, colon, value = line.strip().partition(": ")
        if colon and name.isupper() and name not in done:
            done[name] = _filled(value)
    return done


def _filled(value: str) -> str:
    before, has_variable, rest = value.partition("${")
    if not has_variable:
        return value
    variable, _, after = rest.partition("}")
    return before + variable.partition(":-")[2] + after
