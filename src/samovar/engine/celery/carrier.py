"""The Celery engine as the rest of Samovar sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import celery

from samovar.engine.celery import apps, publishing, takeover
from samovar.engine.celery.publishing import Publisher
from samovar.engine.celery.task import JobTask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.jobs.job import Job
    from samovar.jobs.schedule import Declaration
    from samovar.runtime.publisher import Hint


class CeleryEngine:
    """Carries runs' ids as Celery messages, in the project's own app or in one that is made from
    its settings.
    """

    def __init__(self) -> None:
        self._publisher = Publisher()

    def install(self) -> None:
        """Make every job a task of every Celery app, now and later."""
        apps.install()

    def load(self) -> None:
        """Load the client of the broker."""
        publishing.load()

    def publish(self, hint: Hint) -> None:
        """Send the run's id to its queue. Raises BrokerUnavailable within seconds."""
        self._publisher.publish(hint)

    def depth(self, queue: str) -> int | None:
        """Return how many messages of the queue wait in the broker; None when it cannot tell."""
        return self._publisher.depth(queue)

    def ping(self, seconds: float) -> None:
        """Reach the broker within `seconds`. Raises BrokerUnavailable."""
        publishing.ping(seconds)

    def task(self, job: Job[Any, Any], /) -> JobTask:
        """Return the task of `job` in the current app."""
        tasks: Any = celery.current_app.tasks
        task: JobTask = tasks[job.name]
        return task

    def schedules(self) -> list[Declaration]:
        """Return what `CELERY_BEAT_SCHEDULE` declares."""
        return list(takeover.declarations())

    def send_task(self, name: str, call: Mapping[str, Any]) -> None:
        """Send a plain task. Raises BrokerUnavailable within seconds."""
        publishing.send_plain(name, call)
