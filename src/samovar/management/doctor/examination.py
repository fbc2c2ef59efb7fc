"""All of an examination, one part after the other; what cannot be examined is said too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.checks import ERROR, run_checks
from django.db import DatabaseError
from django.utils.translation import gettext as _

from samovar.management.doctor import database, places, processes, runs
from samovar.management.doctor.finding import Finding, amber, green, red

Look = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """Return what is found, part by part."""
    found = list(_guarded("settings", _settings))
    found += _guarded("database", database.look)
    is_usable = all(finding.level != "red" for finding in found if finding.part == "database")
    for part, look in _OTHERS.items():
        if is_usable or part not in _IN_THE_LEDGER:
            found += _guarded(part, look)
    return found


def _settings() -> Iterator[Finding]:
    """Tell what Samovar's system checks say."""
    found = run_checks(tags=["samovar"])
    for message in found:
        make = red if message.level >= ERROR else amber
        yield make("settings", f"{message.id}: {message.msg}", message.hint or "")
    if not found:
        yield green("settings", _("The system checks have no complaint."))


def _guarded(part: str, look: Look) -> list[Finding]:
    """Look; what breaks the look is a finding itself."""
    try:
        return list(look())
    except DatabaseError as error:
        words = _("The database does not answer as it should: {error}")
        return [red(part, words.format(error=str(error).strip()), _("See the part “database”."))]
    except Exception as error:  # noqa: BLE001 - whatever it is, the other parts are looked at
        words = f"{type(error).__name__}: {error}"
        return [red(part, words, _("This look itself has failed; the message says why."))]


_IN_THE_LEDGER = {"worker", "upkeep", "queues", "runs", "ledger"}
_OTHERS: dict[str, Look] = {
    "broker": processes.broker,
    "worker": processes.workers,
    "upkeep": processes.leader,
    "queues": runs.queues,
    "runs": runs.stuck,
    "ledger": runs.flawed,
    "live": places.live,
    "flower": places.flower,
    "e-mail": places.mail,
    "data": places.data,
}
