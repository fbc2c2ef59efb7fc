"""`queues`: the lines of runs, and whether they are paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.management.faults import Faults
from samovar.management.verbs import verb
from samovar.models import Queue
from samovar.runtime.queues import QueueLine, queue_lines

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "queues", _queues, help=_("Show the queues; pause or resume one."))
    parser.add_argument("action", nargs="?", choices=["pause", "resume"])
    parser.add_argument("name", nargs="?", metavar="NAME")


def _queues(options: dict[str, Any], terminal: Terminal) -> int:
    if options["action"]:
        _change(options["action"], options["name"] or "")
    lines = queue_lines(clock.now())
    if terminal.as_json:
        terminal.dump([_told(line) for line in lines])
    else:
        columns = [_("Queue"), _("Waiting"), _("Oldest waits"), _("Running"), ""]
        terminal.table(columns, (_row(line) for line in lines))
    return 0


def _change(action: str, name: str) -> None:
    known = [line.name for line in queue_lines(clock.now())]
    if name not in known:
        words = _("There is no queue %(name)r. There are: %(known)s.")
        raise Faults(words % {"name": name, "known": ", ".join(known)})
    with transactions.write():
        if action == "pause":
            Queue.pause(name, now=clock.now())
        else:
            Queue.resume(name)


def _told(line: QueueLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "paused": line.is_paused,
        "queued": line.depth,
        "oldest_seconds": line.oldest_seconds,
        "running": line.running,
    }


def _row(line: QueueLine) -> tuple[str, ...]:
    oldest = "" if line.oldest_seconds is None else _("%.1f s") % line.oldest_seconds
    paused = _("paused") if line.is_paused else ""
    return line.name, str(line.depth), oldest, str(line.running), paused
