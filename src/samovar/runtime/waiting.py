"""Why a run waits, in words for the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samovar import clock
from samovar.models import HELD, Queue, Run, RunState, Worker
from samovar.runtime import broker
from samovar.runtime.held_back import why_held_back
from samovar.runtime.living import living

COMMAND = "python manage.py samovar worker"
PATIENCE_SECONDS = 10
"""After so long without a worker the page says how to start one."""
HINT_SECONDS = 2
"""After so long a free worker has heard of a run, if the broker is there."""
MOST = 1000
"""How far the line is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many runs are before this one in its line, the reasons in sentences, and the command
    that would help ("" for none).
    """

    ahead: int
    sentences: tuple[str, ...]
    command: str = ""

    @property
    def reason(self) -> str:
        """All of it as one text."""
        how = _("Start one: {command}").format(command=self.command) if self.command else ""
        return " ".join(filter(None, (*self.sentences, how)))


def why(run: Run) -> Waiting:
    """Return why `run`, scheduled or queued, has not begun."""
    if run.state == RunState.SCHEDULED and run.available_at is not None:
        at = formats.date_format(timezone.localtime(run.available_at), "DATETIME_FORMAT")
        return Waiting(0, (_("It begins at {time}.").format(time=at),))
    if run.state == RunState.SCHEDULED and run.follows_group_id is not None:
        words = _("It waits until all runs of group {id} have succeeded.")
        return Waiting(0, (words.format(id=run.follows_group_id),))
    if run.state == RunState.SCHEDULED and run.follows_failure:
        words = _("It begins only if run {id} fails.")
        return Waiting(0, (words.format(id=run.follows_id),))
    if run.state == RunState.SCHEDULED:
        return Waiting(0, (_("It waits for the success of run {id}.").format(id=run.follows_id),))
    ahead = _before(run)
    reason, command = _obstacle(run)
    return Waiting(ahead, tuple(filter(None, (_place(ahead), reason))), command)


def _obstacle(run: Run) -> tuple[str, str]:
    """Return what else but its place holds the run up, and the command against it."""
    if run.queue in Queue.paused():
        return _("The queue “{queue}” is paused.").format(queue=run.queue), ""
    waited = (clock.now() - run.created_at).total_seconds()
    listening = [worker for worker in living() if run.queue in worker.queues]
    if not listening:
        command = COMMAND if waited > PATIENCE_SECONDS else ""
        return _("No worker has taken this yet."), command
    # A worker of an older release says nothing of its jobs.
    knowing = [worker for worker in listening if not worker.jobs or run.job in worker.jobs]
    if not knowing:
        words = _("No worker there knows the job {job}. Restart them with the code that has it.")
        return words.format(job=run.job), ""
    if not run.is_admitted:
        return why_held_back(run), ""
    if _are_busy(knowing):
        return _("All slots of the workers are busy."), ""
    return (_silence() if waited > HINT_SECONDS else ""), ""


def _silence() -> str:
    """Say that the broker is away, if it is; the run has a free worker that has not heard."""
    if broker.watch().trouble():
        return _("The broker does not answer. The run is kept, and begins when it is back.")
    return ""


def _before(run: Run) -> int:
    earlier = Q(priority__gt=run.priority) | Q(
        priority=run.priority, created_at__lt=run.created_at
    )
    line = Run.objects.waiting_in_line().filter(is_admitted=run.is_admitted)
    if run.is_admitted:
        line = line.filter(queue=run.queue)
    else:
        line = line.filter(job=run.job, limit_key=run.limit_key)
    return line.filter(earlier)[: MOST + 1].count()


def _place(ahead: int) -> str:
    if not ahead:
        return _("It is next in line.")
    if ahead > MOST:
        return _("More than {count} runs are ahead of it.").format(count=MOST)
    return ngettext("{count} run is ahead of it.", "{count} runs are ahead of it.", ahead).format(
        count=ahead
    )


def _are_busy(workers: list[Worker]) -> bool:
    return Run.objects.filter(state__in=HELD, worker__in=workers).count() >= sum(
        worker.slots for worker in workers
    )
