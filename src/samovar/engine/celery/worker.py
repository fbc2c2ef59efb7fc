"""A Celery worker that performs runs: how the crew gets into it, and how a worker is started by
us.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import celery
import celery.apps.worker  # all of the worker here, before the steward forks: loaded once, shared
import celery.worker.autoscale
import celery.worker.consumer
from celery import bootsteps, signals
from celery.concurrency.thread import TaskPool
from celery.exceptions import SecurityWarning
from celery.worker import state as worker_state
from django.conf import settings
from django.utils.translation import gettext as _
from kombu.asynchronous import Hub

from samovar import conf
from samovar.engine import doorbell
from samovar.engine.celery.enduring import enduring
from samovar.engine.celery.farewell import Farewell, see_off
from samovar.engine.celery.options import QUEUE_PREFIX
from samovar.engine.celery.revoking import cancel_by_command
from samovar.engine.celery.shift import Shift
from samovar.jobs import registry
from samovar.runner.crew import Crew, NoTables

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

LOG_FORMAT = "[%(asctime)s: %(levelname)s/worker] %(message)s"
END_SECONDS = 4.0
"""How long a worker whose lifeline is cut may take to hand its runs back."""


class CrewStep(bootsteps.StartStopStep):
    """Gives a worker that takes messages of `samovar.…` queues a crew.

    The crew's template is forked when the step is made: after the jobs are loaded, before Celery
    starts a thread.
    """

    label = "Crew"
    name = "samovar.crew"
    requires = ("celery.worker.components:Pool",)

    def __init__(
        self,
        worker: Any,
        *,
        crew: Crew | None = None,
        lifeline: int | None = None,
        **options: Any,
    ) -> None:
        worker.shift = None
        cancel_by_command()
        self._crew = crew
        self._lifeline = lifeline
        super().__init__(worker, **options)

    def include_if(self, worker: Any) -> bool:
        """Leave a worker alone that takes plain tasks only."""
        if names := bare_names(worker.app.amqp.queues.consume_from, worker.app):
            logger.warning(
                "-Q %s takes no runs: the broker's queues of runs are called %s.",
                ",".join(names),
                ", ".join(QUEUE_PREFIX + name for name in names),
            )
        return bool(_queues(worker))

    def create(self, worker: Any) -> CrewStep:  # type: ignore[override]  # Celery keeps it as `obj`
        """Check that the worker can hold a crew, and fork the template."""
        _refuse_other_pools(worker)
        _take_all_queues(worker)
        is_doorbell = worker.app.connection_for_read().transport.driver_type == doorbell.SCHEME
        worker.prefetch_multiplier = 0 if is_doorbell else 1
        worker.app.conf.worker_disable_prefetch = _is_redis(worker)
        worker.consumer_cls = enduring(worker.consumer_cls)
        crew = self._crew
        if crew is None:
            names = [name.removeprefix(QUEUE_PREFIX) for name in _queues(worker)]
            crew = _crew(worker.hostname, worker.concurrency, names)
        worker.app.conf.worker_enable_prefetch_count_reduction = False
        worker.shift = Shift(worker, crew, holds=not is_doorbell)
        worker.wakers = socket.socketpair()
        for waker in worker.wakers:
            waker.setblocking(False)
        return self

    def start(self, worker: Any) -> None:
        """Let the crew begin: it takes up what waits before the first message comes."""
        if self._lifeline is not None:
            threading.Thread(
                target=_watch, args=[worker, self._lifeline], name="lifeline", daemon=True
            ).start()
        try:
            worker.shift.crew.start(worker.shift, on_lost=lambda: _end(worker))
        except NoTables as error:
            logger.critical("%s", error)
            sys.exit(1)
        signals.worker_ready.connect(lambda **_: worker.shift.crew.look(), weak=False)
        if threading.current_thread() is threading.main_thread():
            Farewell(worker.shift.crew, lambda: _wake(worker)).start()

    def register_with_event_loop(self, worker: Any, hub: Hub) -> None:
        """Let others end the loop's wait."""
        hub.add_reader(worker.wakers[0], _drain, worker.wakers[0])

    def close(self, worker: Any) -> None:
        """Begin no more runs."""
        worker.shift.crew.close()

    def stop(self, worker: Any) -> None:
        """Let the runs go on for the grace, then hand them back."""
        see_off(worker.shift.crew, conf.options().STOP_GRACE_SECONDS)

    def terminate(self, worker: Any) -> None:
        """Hand the runs back at once."""
        worker.shift.crew.stop()


def run(
    *,
    slots: int | None = None,
    queues: list[str] | None = None,
    loglevel: str = "INFO",
    is_embedded: bool = False,
    lifeline: int | None = None,
) -> int:
    """Be a worker until a signal ends it; return the exit code.

    `slots` is SLOTS unless given, `queues` are those of all jobs. When `lifeline` (a descriptor)
    reads end-of-file, the runs are handed back at once.
    """
    names = queues or sorted({"default"} | {job.queue for job in registry.all()})
    name = f"{'embedded' if is_embedded else f'samovar-{os.getpid()}'}@{socket.gethostname()}"
    slots = slots or conf.options().SLOTS
    # Before all else: what the worker loads and writes from now on, the template need not copy.
    crew = _crew(name, slots, names, is_embedded=is_embedded)
    current: Any = celery.current_app
    app = current._get_current_object()  # noqa: SLF001 - a worker keeps the app itself
    app.loader.init_worker()
    app.finalize()
    worker = app.Worker(
        hostname=name,
        pool_cls=TaskPool,
        concurrency=slots,
        queues=[QUEUE_PREFIX + name for name in names],
        loglevel=loglevel,
        quiet=is_embedded,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=is_embedded,
        crew=crew,
        lifeline=lifeline,
    )
    worker.start()
    return int(worker.exitcode or 0)


def embedded(lifeline: int) -> None:
    """Be the worker beside `runserver`; ends when `lifeline` does."""
    # As in every worker: Django would keep the queries of a thread that never ends a request.
    settings.DEBUG = False
    # The server has done Django's checks; they would load all that only a server needs.
    os.environ["CELERY_SKIP_CHECKS"] = "1"
    # Who runs the site has chosen the account; Celery's ten lines about root say nothing new.
    warnings.simplefilter("ignore", SecurityWarning)
    app: Any = celery.current_app
    app.conf.worker_log_format = app.conf.worker_task_log_format = LOG_FORMAT
    sys.exit(run(is_embedded=True, lifeline=lifeline))


def _crew(name: str, slots: int, queues: list[str], *, is_embedded: bool = False) -> Crew:
    """Return a crew whose template has been forked."""
    jobs = [job.name for job in registry.all()]
    crew = Crew(name=name, slots=slots, queues=queues, jobs=jobs, is_embedded=is_embedded)
    crew.prepare()
    return crew


def _queues(worker: Any) -> list[str]:
    """Return the broker's queues of ours that the worker takes."""
    return sorted(
        name for name in worker.app.amqp.queues.consume_from if name.startswith(QUEUE_PREFIX)
    )


def bare_names(asked: Iterable[str], app: Any) -> list[str]:
    """Return which of the queues that `asked` names are queues of jobs without their prefix.

    Where plain tasks have a queue of such a name, it is theirs.
    """
    if not str(app.conf.task_default_queue).startswith(QUEUE_PREFIX):
        return []
    return sorted(set(asked) & ({"default"} | {job.queue for job in registry.all()}))


def _take_all_queues(worker: Any) -> None:
    """Take the queues of all jobs, when the worker was started without `-Q`."""
    queues = worker.app.amqp.queues
    if queues._consume_from is None:  # noqa: SLF001 - Celery does not tell it otherwise
        for name in sorted({job.queue for job in registry.all()}):
            queues.select_add(QUEUE_PREFIX + name)


def _refuse_other_pools(worker: Any) -> None:
    if not (isinstance(worker.pool_cls, type) and issubclass(worker.pool_cls, TaskPool)):
        queues = ", ".join(_queues(worker))
        sys.exit(
            _(
                "This worker takes runs (%(queues)s), so it needs the threads pool: each run has "
                "a process of its own. Start it with `-P threads`, or set "
                "CELERY_WORKER_POOL = 'threads'."
            )
            % {"queues": queues}
        )


def _is_redis(worker: Any) -> bool:
    return bool(worker.app.connection_for_read().transport.driver_type == "redis")


def _drain(waker: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        waker.recv(4096)


def _watch(worker: Any, lifeline: int) -> None:
    """Hand the runs back at once when the other end of `lifeline` has been closed, and end,
    whatever hangs.
    """
    os.read(lifeline, 1)
    _end(worker)
    threading.Event().wait(END_SECONDS)
    os._exit(1)


def _end(worker: Any) -> None:
    """End the worker as SIGQUIT does, from any thread."""
    state: Any = worker_state
    state.should_terminate = 1
    _wake(worker)


def _wake(worker: Any) -> None:
    """End the wait of Celery's loop, from any thread."""
    with contextlib.suppress(BlockingIOError):
        worker.wakers[1].send(b"!")
