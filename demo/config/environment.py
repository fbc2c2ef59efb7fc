"""The environment that the site's settings are taken from.

A variable may be given by a file whose path stands in `<NAME>_FILE`, as secrets of Compose are. An
empty variable counts as one that is not set. What stands in `.env` is heard where the environment
says nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
from environ import Env
from environ.fileaware_mapping import FileAwareMapping

_LIVELY: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""What lets the client of a PostgreSQL that has gone without a word find out within half a minute,
and not within hours; in seconds, the last one in milliseconds.
"""
_MAILERS_SINCE = (6, 1)
_MAILER_OPTIONS = {
    "filebased": {"EMAIL_FILE_PATH": "file_path"},
    "smtp": {
        "EMAIL_HOST": "host",
        "EMAIL_PORT": "port",
        "EMAIL_HOST_USER": "username",
        "EMAIL_HOST_PASSWORD": "password",
        "EMAIL_USE_TLS": "use_tls",
        "EMAIL_USE_SSL": "use_ssl",
        "EMAIL_TIMEOUT": "timeout",
    },
}


class Variables(FileAwareMapping):  # type: ignore[misc]  # it has no types
    """The variables, those given by files included."""

    def __getitem__(self, name: str) -> str:
        """Return the value without the newline at a file's end. Raises KeyError."""
        value = str(super().__getitem__(name)).rstrip("\r\n")
        if not value:
            raise KeyError(name)
        return value


class Environment(Env):  # type: ignore[misc]  # it has no types
    """Reads variables as Python's types."""

    ENVIRON = Variables()

    def has(self, name: str) -> bool:
        """Return whether `name` is set."""
        return name in self.ENVIRON

    def secret(self, name: str) -> str:
        """Return `name` as it stands, "" when it is not set: a `$` in a secret is no variable."""
        return str(self.ENVIRON.get(name, ""))

    def database(self, name: str, default: Path) -> dict[str, Any]:
        """Return the DATABASES entry of the URL in `name`, else that of the SQLite file."""
        found: dict[str, Any] = self.db_url(name, default=f"sqlite:///{default}")
        if found["ENGINE"].endswith("postgresql"):
            found["OPTIONS"] = {**_LIVELY, **found.get("OPTIONS", {})}
        return found

    def email(self, name: str, folder: Path, timeout: int) -> dict[str, Any]:
        """Return the settings of the mail server whose URL is in `name`, else those that put
        letters into `folder`: MAILERS, or the EMAIL_ settings that came before it.
        """
        found = {"EMAIL_TIMEOUT": timeout, **self.email_url(name, f"filemail:///{folder}")}
        if django.VERSION < _MAILERS_SINCE:
            return {key: value for key, value in found.items() if key.startswith("EMAIL_")}
        backend = found["EMAIL_BACKEND"]
        names = _MAILER_OPTIONS.get(backend.split(".")[-2], {})
        options = {option: found[key] for key, option in names.items() if key in found}
        return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": options}}}


def environment(root: Path) -> Environment:
    """Return the environment of a site whose `.env` lies in `root`, or where ENV_FILE says."""
    env = Environment()
    path = Path(env.str("ENV_FILE", default=str(root / ".env")))
    if path.is_file():
        env.read_env(path)
    return env
