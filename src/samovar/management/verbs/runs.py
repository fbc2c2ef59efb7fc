"""`runs`, `log`, `cancel`, `again`: what was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from samovar.management.faults import find_run
from samovar.management.follow import follow
from samovar.management.verbs import verb
from samovar.models import Run, RunState, Source
from samovar.runtime import lines
from samovar.runtime.again import again
from samovar.runtime.cancel import cancel
from samovar.runtime.snapshot import line, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.management.faults import Parser
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs
    from samovar.models.log import NumberedLine

LINES_A_READ = 1000


def add(verbs: Verbs) -> None:
    """Add the verbs."""
    runs = verb(verbs, "runs", _runs, help=_("Show the last runs, newest first."))
    runs.add_argument("--state", choices=RunState.values)
    runs.add_argument("--job", default="")
    runs.add_argument("--limit", type=int, default=20)
    log = verb(verbs, "log", _log, help=_("Print the log of a run."))
    log.add_argument("--follow", action="store_true", help=_("go on until the run has ended"))
    log.add_argument(
        "--after", type=int, default=0, metavar="LINE", help=_("begin behind this line")
    )
    keep = verb(verbs, "keep", _keep, help=_("Keep a run, however old it gets."))
    keep.add_argument("--no", action="store_true", help=_("let it be removed in its time"))
    for parser in (
        log,
        verb(verbs, "cancel", _cancel, help=_("Ask for the end of a run.")),
        verb(verbs, "again", _again, help=_("Start a run once more, with the same params.")),
        keep,
    ):
        _add_id(parser)


def _add_id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID")


def _runs(options: dict[str, Any], terminal: Terminal) -> int:
    wanted = {key: options[key] for key in ("state", "job") if options[key]}
    found = Run.objects.filter(**wanted).newest_first()[: max(0, options["limit"])]
    if terminal.as_json:
        terminal.dump([snapshot(run) for run in found])
    else:
        columns = [_("Run"), _("Job"), _("State"), _("Created"), _("Took")]
        terminal.table(columns, (_row(run) for run in found))
    return 0


def _row(run: Run) -> tuple[str, ...]:
    created = date_format(localtime(run.created_at), "Y-m-d H:i:s")
    took = run.finished_at - run.started_at if run.started_at and run.finished_at else None
    seconds = "" if took is None else _("%.1f s") % took.total_seconds()
    return str(run.pk), run.job, str(RunState(run.state).label), created, seconds


def _log(options: dict[str, Any], terminal: Terminal) -> int:
    run, after = find_run(options["id"]), max(0, options["after"])
    if options["follow"]:
        for look in follow(run.pk, after=after):
            _print(look.lines, terminal)
        return 0
    more = True
    while more:
        found, more = lines.read(run.pk, after=after, limit=LINES_A_READ)
        _print(found, terminal)
        after = found[-1].n if found else after
    return 0


def _print(found: Iterable[NumberedLine], terminal: Terminal) -> None:
    if terminal.as_json:
        for one in found:
            terminal.dump(line(one))
    else:
        terminal.write(one.text for one in found)


def _cancel(options: dict[str, Any], terminal: Terminal) -> int:
    run = find_run(options["id"])
    if not cancel(run, by="manage.py samovar"):
        terminal.say(_("The run has ended already; nothing was changed."), "red")
        return 1
    run.refresh()
    if terminal.as_json:
        terminal.dump(snapshot(run))
    else:
        terminal.say(_("The run is %(state)s.") % {"state": RunState(run.state).label})
    return 0


def _keep(options: dict[str, Any], terminal: Terminal) -> int:
    run = find_run(options["id"])
    run.keep(is_kept=not options["no"])
    if terminal.as_json:
        terminal.dump(snapshot(run))
    else:
        terminal.say(_("The run is kept.") if run.is_kept else _("The run is kept no longer."))
    return 0


def _again(options: dict[str, Any], terminal: Terminal) -> int:
    run = again(find_run(options["id"]), owner=None, source=Source.COMMAND)
    if terminal.as_json:
        terminal.dump(snapshot(run))
    else:
        terminal.write([str(run.pk)])
    return 0
