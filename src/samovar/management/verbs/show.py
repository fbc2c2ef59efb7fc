"""`show`: one run with its attempts and the steps of its cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from samovar.management.faults import find_run
from samovar.management.verbs import verb
from samovar.models import AttemptState, RunState
from samovar.models.ladder import ladder_of
from samovar.runtime import snapshot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs
    from samovar.models import Attempt, Run
    from samovar.models.ladder import Taken


def add(verbs: Verbs) -> None:
    """Add the verb."""
    words = _("Show a run: its state, its attempts, and the steps of its cancel.")
    verb(verbs, "show", _show, help=words).add_argument("id", metavar="ID")


def _show(options: dict[str, Any], terminal: Terminal) -> int:
    run = find_run(options["id"])
    attempts = list(run.attempts.order_by("number"))
    if terminal.as_json:
        told = [snapshot.attempt(attempt) for attempt in attempts]
        terminal.dump(snapshot.snapshot(run) | {"attempts": told})
        return 0
    terminal.write(_words(run))
    if attempts:
        columns = [_("Attempt"), _("State"), _("Worker"), "PID", _("Started"), _("Reason")]
        terminal.table(columns, map(_row, attempts))
    if taken := ladder_of(run):
        terminal.table([_("Steps of the cancel"), ""], _steps(taken))
    return 0


def _words(run: Run) -> Iterable[str]:
    yield f"{run.pk} {run.job}: {RunState(run.state).label}"
    if run.cancelled_by:
        yield _("Cancellation requested by %(who)s.") % {"who": run.cancelled_by}
    if run.error:
        yield f"{run.error['type']}: {run.error['message']}"


def _row(attempt: Attempt) -> tuple[str, ...]:
    return (
        str(attempt.number),
        str(AttemptState(attempt.state).label),
        attempt.worker,
        str(attempt.pid or ""),
        _instant(attempt.started_at),
        attempt.reason,
    )


def _steps(taken: Iterable[Taken]) -> Iterable[tuple[str, str]]:
    return ((str(step.label), _instant(at)) for step, at in taken)


def _instant(at: dt.datetime) -> str:
    return date_format(localtime(at), "Y-m-d H:i:s")
