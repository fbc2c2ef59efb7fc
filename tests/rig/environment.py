"""The environment of one test session, laid before Django's settings are read.

TEST_DATABASE chooses the ledger: `sqlite` (default) or `postgresql`. The settings are the demo's;
what a developer's shell says to the demo is not heard here. Processes that tests start inherit it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import django
import pytest

from tests.rig import missing, postgresql

_OURS = ("SAMOVAR_", "CENTRIFUGO_", "CELERY_", "EMAIL_")
_SETTINGS = {
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "HTTPS",
    "SECRET_KEY",
    "TIME_ZONE",
}

_open = contextlib.ExitStack()


def prepare() -> None:
    """Lay the environment, start the cluster that TEST_DATABASE asks for, and set Django up."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _forget_the_shell()
        _choose_database()
    # A shell lets what it starts in the background ignore SIGINT, and so would what tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="samovar-test-"))
    _open.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["SAMOVAR_DATA"] = str(folder)
    # Sessions that clear one root of `tmp_path` at the same time stumble over each other.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    os.environ["SECRET_KEY"] = "the key of a site that lives as long as one test session"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        django.setup()
    except BaseException:
        close()
        raise


def close() -> None:
    """Stop and remove what `prepare` made."""
    _open.close()


def database() -> str:
    """Return which database the session's tests were asked to use."""
    return os.environ.get("TEST_DATABASE", "sqlite")


def lacks_database() -> bool:
    """Return whether PostgreSQL was asked for and is not on this machine."""
    return database() == "postgresql" and "DATABASE_URL" not in os.environ


def _forget_the_shell() -> None:
    for name in list(os.environ):
        if name.startswith(_OURS) or name.removesuffix("_FILE") in _SETTINGS:
            del os.environ[name]
    os.environ["ENV_FILE"] = os.devnull


def _choose_database() -> None:
    if database() == "sqlite":
        return
    if database() != "postgresql":
        pytest.exit(f"TEST_DATABASE is {database()!r}; it may be sqlite or postgresql.", 2)
    if programs := postgresql.binaries():
        os.environ["DATABASE_URL"] = _open.enter_context(postgresql.cluster(programs))
    elif missing.is_required(postgresql.SERVICE):
        pytest.exit(missing.reason(postgresql.SERVICE, postgresql.PROGRAM), 1)
