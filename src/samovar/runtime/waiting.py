"""Why a run waits, in words for the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samovar import clock
from samovar.models import HELD, Queue, Run, RunState, Worker
from samovar.runtime.living import living

PATIENCE_SECONDS = 10
"""After so long without a worker the page says how to start one."""


MOST = 1000
"""How far the line is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many runs are before this one in its line, and the reasons in sentences."""

    ahead: int
    sentences: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All sentences as one text."""
        return " ".join(self.sentences)


def why(run: Run) -> Waiting:
    """Return why `run`, scheduled or queued, has not begun."""
    if run.state == RunState.SCHEDULED and run.available_at is not None:
        at = formats.date_format(timezone.localtime(run.available_at), "DATETIME_FORMAT")
        return Waiting(0, (_("It begins at {time}.").format(time=at),))
    ahead = _before(run)
    sentences = [_place(ahead)]
    if run.queue in Queue.paused():
        sentences.append(_("The queue “{queue}” is paused.").format(queue=run.queue))
    listening = [worker for worker in living() if run.queue in worker.queues]
    if listening and _are_busy(listening):
        sentences.append(_("All slots of the workers are busy."))
    if not listening:
        sentences.append(_("No worker has taken this yet."))
        if (clock.now() - run.created_at).total_seconds() > PATIENCE_SECONDS:
            command = "manage.py samovar worker"
            sentences.append(_("Start one: {command}").format(command=command))
    return Waiting(ahead, tuple(sentences))


def _before(run: Run) -> int:
    earlier = Q(priority__gt=run.priority) | Q(
        priority=run.priority, created_at__lt=run.created_at
    )
    return Run.objects.waiting_in_line().filter(earlier, queue=run.queue)[: MOST + 1].count()


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
