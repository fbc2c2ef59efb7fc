"""The demo's settings come from the environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment, environment

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
SHOW = """
import json, config.settings as settings
print(json.dumps({name: getattr(settings, name) for name in %r}, default=str))
"""


SHOW_MAILER = """
import json, django; django.setup()
from django.core import mail
mailer = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
print(json.dumps({"backend": type(mailer).__module__, **vars(mailer)}, default=str))
"""


def _settings(folder: Path, *names: str, **environ: object) -> dict[str, object]:
    """Return settings as a process of its own reads them."""
    return _said(SHOW % (names,), folder, environ)


def _mailer(folder: Path, **environ: object) -> dict[str, object]:
    """Return what sends letters, as Django makes it of the settings."""
    return _said(SHOW_MAILER, folder, {"DJANGO_SETTINGS_MODULE": "config.settings", **environ})


def _said(program: str, folder: Path, environ: dict[str, object]) -> dict[str, object]:
    said = {name: str(value) for name, value in environ.items()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={"PATH": os.environ["PATH"], "SAMOVAR_DATA": str(folder), **said},
        cwd=ROOT / "demo",
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_nothing_need_be_set(tmp_path):
    empty = {"DATABASE_URL": "", "CELERY_BROKER_URL": "", "EMAIL_URL": "", "DEBUG": ""}
    names = ("DATABASES", "CELERY_BROKER_URL", "DEBUG")
    found = _settings(tmp_path, *names, ENV_FILE=os.devnull, **empty)

    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert found["CELERY_BROKER_URL"] is None
    assert found["DEBUG"] is False

    mailer = _mailer(tmp_path, ENV_FILE=os.devnull, **empty)
    assert mailer["backend"].endswith(".filebased")
    assert mailer["file_path"] == str(tmp_path / "letters")


def test_a_secret_may_be_a_file_and_the_environment_wins_over_the_file_of_variables(tmp_path):
    (tmp_path / "key").write_text("$ecret\n")
    (tmp_path / "variables").write_text("CENTRIFUGO_URL=http://there\nSAMOVAR_SLOTS=7\n")
    found = _settings(
        tmp_path,
        "SECRET_KEY",
        "SAMOVAR",
        ENV_FILE=tmp_path / "variables",
        SECRET_KEY_FILE=tmp_path / "key",
        SAMOVAR_SLOTS=5,
        CENTRIFUGO_HTTP_API_KEY="$a",
    )

    assert found["SECRET_KEY"] == "$ecret"
    assert found["SAMOVAR"] == {
        "DATA": str(tmp_path),
        "SLOTS": 5,
        "CENTRIFUGO_URL": "http://there",
        "CENTRIFUGO_HTTP_API_KEY": "$a",
    }


def test_the_full_stack_is_a_matter_of_variables(tmp_path):
    found = _settings(
        tmp_path,
        *("DATABASES", "CELERY_BROKER_URL"),
        ENV_FILE=os.devnull,
        DATABASE_URL="postgres://me:it%24@there:5433/tea",
        CELERY_BROKER_URL="redis://there:6379/0",
    )

    assert found["DATABASES"]["default"]["PASSWORD"] == "it$"
    assert found["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] == 5
    assert found["CELERY_BROKER_URL"] == "redis://there:6379/0"

    url = "smtp+tls://me:it@there:587"
    mailer = _mailer(tmp_path, ENV_FILE=os.devnull, EMAIL_URL=url, EMAIL_TIMEOUT=3)
    assert (mailer["host"], mailer["port"], mailer["use_tls"]) == ("there", 587, True)
    assert (mailer["username"], mailer["password"], mailer["timeout"]) == ("me", "it", 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMOVAR_SLOTS", "abc"),
        ("SAMOVAR_SLOTS", "2.5"),
        ("SAMOVAR_LEASE_SECONDS", "30s"),
        ("SAMOVAR_OPEN", "maybe"),
        ("DEBUG", "2"),
        ("EMAIL_TIMEOUT", "soon"),
        ("EMAIL_URL", "localhost"),
        ("DATABASE_URL", "hush"),
        ("DATABASE_URL", "mysql://me:hush@there/tea"),
        ("DATABASE_URL", "postgres://me:hush@there:x/tea"),
        ("DATABASE_URL", "postgres://me:hush/hush@there/tea"),
        ("EMAIL_URL", "smtp://me:hush/hush@there:25"),
        ("SECRET_KEY", "/nowhere/key"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(monkeypatch, name, value):
    env = Environment()
    monkeypatch.setenv(f"{name}_FILE" if name == "SECRET_KEY" else name, value)
    readers = {
        "SAMOVAR_SLOTS": env.int,
        "SAMOVAR_LEASE_SECONDS": env.float,
        "SAMOVAR_OPEN": env.bool,
        "DEBUG": env.bool,
        "EMAIL_TIMEOUT": env.int,
        "EMAIL_URL": lambda name: env.email(name, Path("letters"), 10),
        "DATABASE_URL": lambda name: env.database(name, Path("db")),
        "SECRET_KEY": env.secret,
    }

    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        readers[name](name)
    assert "hush" not in "".join(traceback.format_exception(refused.value))


def test_a_file_of_variables_that_is_named_is_there(monkeypatch, tmp_path):
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "variables"))

    with pytest.raises(ImproperlyConfigured, match="ENV_FILE"):
        environment(tmp_path)


@pytest.mark.parametrize(
    ("value", "is_on"),
    [("1", True), ("Yes", True), (" on ", True), ("0", False), ("False", False)],
)
def test_a_switch_is_on_or_off(monkeypatch, value, is_on):
    monkeypatch.setenv("SAMOVAR_OPEN", value)

    assert Environment().bool("SAMOVAR_OPEN", default=not is_on) is is_on


def test_what_make_up_writes_for_the_containers_changes_nothing_for_make_run(tmp_path):
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts/secrets.sh", tmp_path / "scripts")
    subprocess.run(["sh", script], env={"PATH": os.environ["PATH"]}, check=True)
    parts = ("DATABASES", "CELERY_BROKER_URL", "ALLOWED_HOSTS")
    written = _settings(tmp_path, *parts, "SAMOVAR", ENV_FILE=tmp_path / ".env")
    without = _settings(tmp_path, *parts, ENV_FILE=os.devnull)

    # Without CENTRIFUGO_URL its keys do nothing.
    keys = {"CENTRIFUGO_HTTP_API_KEY", "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"}
    assert written.pop("SAMOVAR").keys() == {"DATA"} | keys
    assert written == without


def test_the_example_names_variables_of_the_document():
    named = re.findall(r"^(\w+)=", _text(".env.example"), re.MULTILINE)

    assert len(named) > 10
    assert {name for name in named if f"`{name}`" not in _text("docs/settings.md")} == set()


def _text(path: str) -> str:
    return (ROOT / path).read_text()
