"""`group`: many runs that were asked for together."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar.management.faults import Faults
from samovar.management.verbs import verb
from samovar.models import Group, RunState, Source
from samovar.runtime import snapshot
from samovar.runtime.groups import again_failed, cancel_group

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs

NAMED = 20
"""Failed runs that are shown."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    words = _("Show a group of runs; cancel it, or run again what did not succeed.")
    parser = verb(verbs, "group", _group, help=words)
    parser.add_argument("id", metavar="ID")
    parser.add_argument("action", nargs="?", choices=["cancel", "again"])


def _group(options: dict[str, Any], terminal: Terminal) -> int:
    group = _find(options["id"])
    if options["action"] == "cancel" and not cancel_group(group, by="manage.py samovar"):
        terminal.say(_("All runs of the group have ended already."), "red")
        return 1
    if options["action"] == "again":
        group = again_failed(group, source=Source.COMMAND)
    if terminal.as_json:
        terminal.dump(snapshot.group(group.refresh()))
    else:
        _show(group, terminal)
    return 0


def _show(group: Group, terminal: Terminal) -> None:
    tally = group.tally()
    terminal.write([f"{group.pk} {group.job}: {tally.state.label}, {tally.done}/{tally.size}"])
    rows = [
        (str(state.label), str(tally.counts[state])) for state in RunState if state in tally.counts
    ]
    terminal.table([_("State"), _("Runs")], rows)
    failed = group.runs.filter(state=RunState.FAILED).newest_first()[:NAMED]
    errors = [(run.pk, run.error or {}) for run in failed]
    terminal.write(f"{pk} {error.get('type')}: {error.get('message')}" for pk, error in errors)


def _find(text: str) -> Group:
    try:
        return Group.objects.get(pk=uuid.UUID(text))
    except (ValueError, Group.DoesNotExist) as error:
        raise Faults(_("There is no group with the id %(id)s.") % {"id": text}) from error
