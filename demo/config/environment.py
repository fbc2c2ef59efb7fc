"""The environment that the site's settings are taken from.

A variable may be given by a file whose path stands in `<NAME>_FILE`, as secrets of Compose are. An
empty variable counts as one that is not set. What stands in `.env` is heard where the environment
says nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import django
from django.core.exceptions import ImproperlyConfigured
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
_LEDGERS = {"postgresql", "postgis", "sqlite3", "spatialite"}
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
_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on", "y", "ok"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n"), False),
}
_T = TypeVar("_T")


class Variables(FileAwareMapping):  # type: ignore[misc]  # it has no types
    """The variables, those given by files included."""

    def __getitem__(self, name: str) -> str:
        """Return the value without the newline at a file's end. Raises KeyError, or
        ImproperlyConfigured when there is no such file.
        """
        try:
            value = str(super().__getitem__(name)).rstrip("\r\n")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error
        if not value:
            raise KeyError(name)
        return value


class Environment(Env):  # type: ignore[misc]  # it has no types
    """Reads variables as Python's types. What cannot be read raises ImproperlyConfigured, with the
    variable's name; the library would take "30s" for 30, and any word it does not know for "no".
    """

    ENVIRON = Variables()

    def has(self, name: str) -> bool:
        """Return whether `name` is set."""
        return name in self.ENVIRON

    def secret(self, name: str) -> str:
        """Return `name` as it stands, "" when it is not set: a `$` in a secret is no variable."""
        return str(self.ENVIRON.get(name, ""))

    def database(self, name: str, default: Path) -> dict[str, Any]:
        """Return the DATABASES entry of the URL in `name`, else that of the SQLite file."""
        try:
            with warnings.catch_warnings(action="ignore"):  # one repeats the URL's parts
                found: dict[str, Any] = self.db_url(name, default=f"sqlite:///{default}")
        except ValueError:
            words = "its port is no number; a / or @ of the password is written %2F or %40"
            raise _unusable(name, words) from None
        engine = found.get("ENGINE", "").rpartition(".")[2]
        if engine not in _LEDGERS:
            raise _unusable(name, f"{engine!r} keeps no ledger")
        if engine == "postgresql":
            found["OPTIONS"] = {**_LIVELY, **found.get("OPTIONS", {})}
        return found

    def email(self, name: str, folder: Path, timeout: int) -> dict[str, Any]:
        """Return the settings of the mail server whose URL is in `name`, else those that put
        letters into `folder`: MAILERS, or the EMAIL_ settings that came before it.
        """
        try:
            url = self.email_url(name, f"filemail:///{folder}")
        except (ValueError, ImproperlyConfigured):
            raise ImproperlyConfigured(
                f"{name} cannot be used. It has to be smtp://host:25, "
                "smtp+tls://user:password@host:587 (a / or @ of the password is written %2F or "
                "%40), smtp+ssl://… or consolemail://"
            ) from None
        found = {"EMAIL_TIMEOUT": timeout, **url}
        if django.VERSION < _MAILERS_SINCE:
            return {key: value for key, value in found.items() if key.startswith("EMAIL_")}
        backend = found["EMAIL_BACKEND"]
        names = _MAILER_OPTIONS.get(backend.split(".")[-2], {})
        options = {option: found[key] for key, option in names.items() if key in found}
        return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": options}}}

    def int(self, name: str, default: int = 0) -> int:
        """Return `name` as a whole number."""
        return self._read(name, default, int, "a whole number")

    def float(self, name: str, default: float = 0.0) -> float:
        """Return `name` as a number."""
        return self._read(name, default, float, "a number")

    def bool(self, name: str, default: bool = False) -> bool:  # noqa: FBT002 - the library's
        """Return whether `name` says yes."""
        return self._read(name, default, lambda value: _SWITCH[value.lower()], "1 or 0")

    def _read(self, name: str, default: _T, cast: Callable[[str], _T], kind: str) -> _T:
        value = self.str(name, default="").strip()
        try:
            return cast(value) if value else default
        except (ValueError, KeyError) as error:
            raise ImproperlyConfigured(f"{name} is {value!r}, and has to be {kind}.") from error


def _unusable(name: str, reason: str) -> ImproperlyConfigured:
    """Return what is said of a database's URL; nothing of it is repeated: it has a password."""
    return ImproperlyConfigured(
        f"{name} cannot be used ({reason}). It has to be postgres://user:password@host:5432/name, "
        "or sqlite:////path/of/a/file; without it the database is SQLite in the data folder."
    )


def environment(root: Path) -> Environment:
    """Return the environment of a site whose `.env` lies in `root`, or where ENV_FILE says. Raises
    ImproperlyConfigured when it says what is not there.
    """
    env = Environment()
    path = Path(env.str("ENV_FILE", default=str(root / ".env")))
    if env.has("ENV_FILE") and not path.exists():
        raise ImproperlyConfigured(f"ENV_FILE is {str(path)!r}, and there is no such file.")
    if path.is_file():
        env.read_env(path)
    return env
