"""`queues`: the lines of runs, and whether they are paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.jobs import registry
from samovar.management.faults import Faults
from samovar.management.verbs import verb
from samovar.models import HELD, Queue, Run, RunState

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
    shown = _all()
    if terminal.as_json:
        terminal.dump(shown)
    else:
        rows = [
            (queue["name"], str(queue["queued"]), str(queue["running"]), _words(queue))
            for queue in shown
        ]
        terminal.table([_("Queue"), _("Waiting"), _("Running"), ""], rows)
    return 0


def _change(action: str, name: str) -> None:
    known = [queue["name"] for queue in _all()]
    if name not in known:
        words = _("There is no queue %(name)r. There are: %(known)s.")
        raise Faults(words % {"name": name, "known": ", ".join(known)})
    with transactions.write():
        if action == "pause":
            Queue.pause(name, now=clock.now())
        else:
            Queue.resume(name)


def _all() -> list[dict[str, Any]]:
    """Return each queue that a job names, that has runs to do, or that somebody paused."""
    queued, running = _count(RunState.QUEUED), _count(*HELD)
    paused = set(Queue.paused())
    names = {"default", *queued, *running, *paused, *(job.queue for job in registry.all())}
    return [
        {
            "name": name,
            "paused": name in paused,
            "queued": queued.get(name, 0),
            "running": running.get(name, 0),
        }
        for name in sorted(names)
    ]


def _count(*states: RunState) -> dict[str, int]:
    rows = Run.objects.filter(state__in=states).values_list("queue").annotate(Count("pk"))
    return dict(rows.order_by("queue"))


def _words(queue: dict[str, Any]) -> str:
    return _("paused") if queue["paused"] else ""
