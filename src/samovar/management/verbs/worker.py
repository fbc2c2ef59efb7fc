"""`worker`: perform runs in this process until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar.management.faults import Faults
from samovar.management.verbs import verb

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "worker", _worker, help=_("Perform runs until told to stop."))
    parser.add_argument("--slots", type=int, help=_("how many runs at a time"))
    parser.add_argument("--queues", default="", help=_("names, separated by commas; default: all"))
    parser.add_argument(
        "--loglevel", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"], type=str.upper
    )


def _worker(options: dict[str, Any], _terminal: Terminal) -> int:
    if options["slots"] is not None and options["slots"] < 1:
        raise Faults(_("--slots: give a whole number from 1."))
    queues = [name.strip() for name in options["queues"].split(",") if name.strip()]
    # Here, because a worker's modules are slow to load, and only this verb needs them.
    from samovar.engine.celery.worker import run

    return run(slots=options["slots"], queues=queues or None, loglevel=options["loglevel"])
