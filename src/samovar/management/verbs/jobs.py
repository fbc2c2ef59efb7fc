"""`list`: what can be started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar.jobs import registry
from samovar.management.verbs import verb

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb(verbs, "list", _list, help=_("Show all jobs."))


def _list(_options: dict[str, Any], terminal: Terminal) -> int:
    jobs = registry.all()
    if terminal.as_json:
        terminal.dump(
            [
                {
                    "name": job.name,
                    "title": str(job.title),
                    "help": str(job.help),
                    "queue": job.queue,
                    "params": job.signature.json_schema(),
                }
                for job in jobs
            ]
        )
    else:
        rows = [(job.name, job.queue, str(job.title)) for job in jobs]
        terminal.table([_("Job"), _("Queue"), _("Title")], rows)
    return 0
