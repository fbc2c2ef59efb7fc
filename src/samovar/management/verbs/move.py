"""`move`: bring the history of another database here."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from samovar.management.faults import Faults
from samovar.management.verbs import verb

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs

SOURCE = "samovar_source"
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
FILE = "db.sqlite3"
"""What the demo calls its database in the data folder."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "move", _move, help=_("Bring the history of another database here."))
    parser.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="SOURCE",
        help=_("a data folder, an SQLite file, or a database's URL"),
    )


def _move(options: dict[str, Any], terminal: Terminal) -> int:
    # Here, because only this verb needs it.
    from samovar.runtime.moving import Move

    _open(options["source"])
    moved = Move(SOURCE).perform()
    if terminal.as_json:
        terminal.dump(moved)
    else:
        columns = [_("What"), _("Moved")]
        terminal.table(columns, ((name, str(count)) for name, count in moved.items()))
        terminal.say(_("The other database is as it was. Do not start its site again."))
    return 0


def _open(text: str) -> None:
    """Let Django know the source; refuse one that is not there, is this one, or is of another
    age.
    """
    config = _config(text)
    here = connections[DEFAULT_DB_ALIAS].settings_dict
    if all(
        str(here[key]) == str(config.get(key, "")) for key in ("ENGINE", "NAME", "HOST", "PORT")
    ):
        raise Faults(_("--from: that is this very database."))
    whole = connections.configure_settings({DEFAULT_DB_ALIAS: config})
    connections.settings[SOURCE] = whole[DEFAULT_DB_ALIAS]
    executor = MigrationExecutor(connections[SOURCE])
    leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] == "samovar"]
    if executor.migration_plan(leaves):
        words = _("--from: {source} is not migrated as far as this one. Do that first.")
        raise Faults(words.format(source=text))


def _config(text: str) -> dict[str, Any]:
    """Return the DATABASES entry of a folder, a file or a URL."""
    config = _of_url(text) if "://" in text else _of_path(Path(text).absolute())
    # SQLite would make the file.
    if config["ENGINE"] == SQLITE and not Path(config["NAME"]).is_file():
        raise Faults(_("--from: there is no database at {path}.").format(path=config["NAME"]))
    return config


def _of_path(path: Path) -> dict[str, Any]:
    return {"ENGINE": SQLITE, "NAME": path / FILE if path.is_dir() else path}


def _of_url(url: str) -> dict[str, Any]:
    """Return what the URL says; it is never repeated, for it may have a password."""
    from environ import Env

    found: dict[str, Any] = {}
    with contextlib.suppress(ValueError), warnings.catch_warnings(action="ignore"):
        found = Env.db_url_config(url)
    if found.get("ENGINE") not in (SQLITE, POSTGRESQL):
        raise Faults(
            _(
                "--from: that is no address of PostgreSQL or SQLite. Give it as "
                "postgres://user:password@host:5432/name (in a password / is written %2F and @ "
                "%40), a data folder or a file."
            )
        )
    return found
