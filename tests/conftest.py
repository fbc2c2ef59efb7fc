"""Fixtures for every test: the environment, real servers, and the last table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import celery
import pytest

from samovar.jobs import registry
from tests.rig import environment, missing, ports, rabbitmq, redis, smtp
from tests.rig import postgresql as postgres
from tests.rig import site as sites

# Here and not in a hook: the conftest.py of a subfolder may import models.
environment.prepare()


def pytest_unconfigure() -> None:
    """Stop what the session started."""
    environment.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless `-m` names it; skip all without the database."""
    if "long" not in config.option.markexpr:
        lasting = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if item not in lasting]
        config.hook.pytest_deselected(items=lasting)
    if environment.lacks_database():
        words = missing.reason(postgres.SERVICE, postgres.PROGRAM)
        for item in items:
            item.add_marker(pytest.mark.skip(reason=words))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run, and what to do about it."""
    missing.table(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def settled() -> None:
    """Ask for what a process asks for once, before a test changes what the answer depends on."""
    from samovar.runtime import host

    celery.current_app.finalize()  # knows the jobs of that moment
    host._folder()


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the jobs that a test declares from the tests after it, whatever their order."""
    monkeypatch.setattr(registry, "_jobs", dict(registry._jobs))
    monkeypatch.setattr(registry, "_clashes", dict(registry._clashes))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep SQLite's test database in a file: other processes and the gate need one."""
    from django.conf import settings

    ledger = settings.DATABASES["default"]
    if ledger["ENGINE"] == "django.db.backends.sqlite3":
        path = Path(settings.SAMOVAR["DATA"]) / "test.sqlite3"
        ledger.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """Give the DATABASE_URL of the tests' own database, for the processes that a test starts."""
    from django.db import connection

    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """Give the URL of a PostgreSQL database, whichever TEST_DATABASE says."""
    if (programs := postgres.binaries()) is None:
        missing.skip(postgres.SERVICE, postgres.PROGRAM)
    with postgres.cluster(programs) as url:
        yield url


@pytest.fixture
def postgresql(postgresql_cluster: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database, the test's own."""
    with postgres.database(postgresql_cluster) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Give the URL of a Redis server."""
    if shutil.which(redis.PROGRAM) is None:
        missing.skip(redis.SERVICE, redis.PROGRAM)
    with redis.running() as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[str]:
    """Give the URL of a RabbitMQ node."""
    if (command := rabbitmq.program()) is None:
        missing.skip(rabbitmq.SERVICE, rabbitmq.PROGRAM)
    with rabbitmq.node(command) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the Chromium on this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing.skip("chromium", "chromium")
    return path


@pytest.fixture
def free_port() -> int:
    """Give a port of the loopback address that nobody listens on."""
    return ports.free_port()


@pytest.fixture
def new_site() -> Iterator[sites.Site]:
    """Give a site of the test's own, migrated and not yet started."""
    with sites.made() as site:
        yield site


@pytest.fixture(scope="session")
def site() -> Iterator[sites.Site]:
    """Give a running site with its worker, shared by all tests that leave it as it is."""
    with sites.made() as site:
        site.start("--noreload")
        yield site


@pytest.fixture
def post(settings: Any) -> Iterator[smtp.Post]:
    """Send letters to a real SMTP server."""
    with smtp.running() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield office
