"""`run`: start a job and follow it to its end."""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar.exceptions import InvalidParams, UnknownJob
from samovar.jobs import registry
from samovar.jobs.files import close
from samovar.management import arguments
from samovar.management.faults import Faults
from samovar.management.follow import follow
from samovar.management.screen import Screen, ending
from samovar.management.verbs import verb
from samovar.models import WAITING, Run, RunState, Source
from samovar.runtime.snapshot import snapshot
from samovar.runtime.submit import submit
from samovar.runtime.waiting import why

if TYPE_CHECKING:
    from samovar.jobs.job import Job
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs

INTERRUPTED = 130
"""The exit code that shells give for Ctrl-C."""
PATIENCE_SECONDS = 3.0
"""How long a run may wait before we say why it does."""


def add(verbs: Verbs) -> None:
    """Add the verb. Each job has options of its own, so what follows its name is read later."""
    parser = verb(
        verbs, "run", _run, help=_("Start a job and follow its run. See also: run JOB --help.")
    )
    parser.add_argument("--detach", action="store_true", help=_("print the run's id and leave"))
    parser.add_argument("job", metavar="JOB")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="--param value")


def _run(options: dict[str, Any], terminal: Terminal) -> int:
    own, words = _split(options["rest"])
    terminal.as_json = terminal.as_json or own["json"]
    job = _find(options["job"])
    if own["help"]:
        terminal.write([arguments.help_text(job)])
        return 0
    run = _submit(job, words)
    if options["detach"] or own["detach"]:
        _detach(run, terminal)
        return 0
    return _follow(run, terminal)


def _split(rest: list[str]) -> tuple[dict[str, bool], list[str]]:
    """Take our own options out of what follows the job's name; the remainder is the job's."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--detach", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    own, words = parser.parse_known_args(rest)
    return vars(own), words


def _find(name: str) -> Job[Any, Any]:
    try:
        return registry.get(name)
    except UnknownJob as error:
        raise Faults(str(error)) from error


def _submit(job: Job[Any, Any], words: list[str]) -> Run:
    try:
        params = arguments.read(job, words)
    except InvalidParams as error:
        raise Faults(
            *(f"{field}: {text}" if field else text for field, text in error.errors)
        ) from error
    try:
        return submit(job, params, source=Source.COMMAND)
    finally:
        close(params)


def _detach(run: Run, terminal: Terminal) -> None:
    if terminal.as_json:
        terminal.dump(snapshot(run))
    else:
        terminal.write([str(run.pk)])


def _follow(run: Run, terminal: Terminal) -> int:
    terminal.say(_("Run %(id)s of %(job)s") % {"id": run.pk, "job": run.job}, "bold")
    try:
        run = _watch(run, terminal)
    except KeyboardInterrupt:
        words = _("The run goes on. Cancel it: manage.py samovar cancel %(id)s")
        terminal.say(words % {"id": run.pk})
        return INTERRUPTED
    if terminal.as_json:
        terminal.dump(snapshot(run))
    terminal.say(*ending(run))
    return 0 if run.state == RunState.SUCCEEDED else 1


def _watch(run: Run, terminal: Terminal) -> Run:
    """Show the run until it has ended; say once why it does not begin."""
    patience = time.monotonic() + PATIENCE_SECONDS
    with Screen(terminal) as screen:
        for look in follow(run.pk):
            run = look.run
            screen.lines(look.lines)
            screen.progress(run)
            if run.state in WAITING and time.monotonic() > patience:
                patience = math.inf
                terminal.say(why(run).reason, "yellow")
    return run
