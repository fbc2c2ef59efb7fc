"""Queues that stand still, and runs that should have gone on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from samovar import clock, conf
from samovar.management.doctor.finding import Finding, amber, green, red
from samovar.models import Run, RunState
from samovar.runtime.integrity import flaws
from samovar.runtime.living import living
from samovar.runtime.queues import queue_lines

PATIENCE_SECONDS = 60
"""After so long a run that may begin, and has not, is worth a word."""


def queues() -> Iterator[Finding]:
    """Look at the lines of runs."""
    lines = queue_lines(clock.now())
    served = {name for worker in living() for name in worker.queues}
    for line in lines:
        if line.is_paused:
            words = _("{name} is paused; runs that wait in it: {count}.")
            remedy = f"python manage.py samovar queues resume {line.name}"
            yield amber("queues", words.format(name=line.name, count=line.depth), remedy)
        elif line.depth and line.name not in served:
            words = _("No worker takes {name}; runs that wait in it: {count}.")
            remedy = f"python manage.py samovar worker --queues {line.name}"
            yield red("queues", words.format(name=line.name, count=line.depth), remedy)
        elif (line.oldest_seconds or 0) > PATIENCE_SECONDS:
            words = _("Runs that wait in {name}: {count}, the oldest for {seconds:.0f} s.")
            known = {"count": line.depth, "name": line.name, "seconds": line.oldest_seconds}
            yield amber("queues", words.format(**known), _("Add slots or workers."))
    if not any(line.depth or line.is_paused for line in lines):
        yield green("queues", _("Nothing waits."))


def flawed() -> Iterator[Finding]:
    """Look for what contradicts itself in the ledger."""
    found = flaws()
    for flaw in found:
        words = _("The ledger contradicts itself ({count}): {words}, as {examples}.")
        known = {"count": flaw.count, "words": flaw.words, "examples": ", ".join(flaw.examples)}
        remedy = _("Somebody has changed the tables, or this is a bug of Samovar: report it.")
        yield red("ledger", words.format(**known), remedy)
    if not found:
        yield green("ledger", _("Runs, attempts and logs agree."))


def stuck() -> Iterator[Finding]:
    """Look at the runs that are performed."""
    overdue = Run.objects.overdue().count()
    if overdue:
        words = _("Runs held by workers that have not renewed their leases: {count}.")
        remedy = _("A worker takes them up within seconds; start one if none is there.")
        yield red("runs", words.format(count=overdue), remedy)
    grace = dt.timedelta(seconds=conf.options().CANCEL_GRACE_SECONDS + PATIENCE_SECONDS)
    slow = Run.objects.filter(
        state=RunState.CANCELLING, cancel_requested_at__lt=Now() - grace
    ).count()
    if slow:
        words = _("Cancelled runs that have not ended within their grace: {count}.")
        remedy = _("Look into their logs: a process of theirs cannot be killed.")
        yield amber("runs", words.format(count=slow), remedy)
    if not overdue and not slow:
        running = Run.objects.filter(state=RunState.RUNNING).count()
        yield green("runs", _("Performed now: {count}; none is stuck.").format(count=running))
