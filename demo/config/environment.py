"""The environment that the site's settings are taken from.

A variable may be given by a file whose path stands in `<NAME>_FILE`, as secrets of Compose are. An
empty variable counts as one that is not set. What stands in `.env` is heard where the environment
says nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from environ import Env
from environ.fileaware_mapping import FileAwareMapping


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
            found["OPTIONS"] = {"connect_timeout": 5, **found.get("OPTIONS", {})}
        return found

    def email(self, name: str, folder: Path) -> dict[str, Any]:
        """Return the EMAIL_ settings of the URL in `name`, else those that put letters into
        `folder`.
        """
        found = self.email_url(name, default=f"filemail:///{folder}")
        return {key: value for key, value in found.items() if key.startswith("EMAIL_")}


def environment(root: Path) -> Environment:
    """Return the environment of a site whose `.env` lies in `root`, or where ENV_FILE says."""
    env = Environment()
    path = Path(env.str("ENV_FILE", default=str(root / ".env")))
    if path.is_file():
        env.read_env(path)
    return env
