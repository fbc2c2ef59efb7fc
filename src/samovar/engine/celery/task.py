"""A job as Celery's users meet it: a Task with the job's name, whose calls become runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from celery.contrib.django.task import DjangoTask
from celery.result import AsyncResult

from samovar import transactions
from samovar.engine.celery import canvas
from samovar.engine.celery.options import translate
from samovar.jobs import registry
from samovar.runtime.submit import submit

if TYPE_CHECKING:
    from samovar.jobs.job import Job


class JobTask(DjangoTask):  # type: ignore[type-arg]  # generic in its stubs alone
    """The Celery task of a job. `run`, the plain call, `apply` and `s` are Celery's own."""

    job: Job[Any, Any]
    Strategy = "samovar.engine.celery.strategy:strategy"
    track_started = True
    typing = False

    @property
    def __func__(self) -> Any:
        """With `__self__`, makes signals take task and job for the same sender (Note [A job is its
        Celery task]).
        """
        return self.job.__func__

    @property
    def __self__(self) -> Any:
        """See `__func__`."""
        return self.job.__self__

    def apply_async(  # type: ignore[override]  # the options are checked one by one
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> AsyncResult[Any]:
        """Ask for a run and return its AsyncResult. Raises InvalidParams and UnsupportedOption;
        then nothing was submitted.

        Honoured: `task_id` (a UUID), `queue`, `priority`, `countdown`, `eta` (a scheduled run),
        `expires` (a deadline for the start), and those of a canvas (see canvas.py). Options that
        only say how a message travels are accepted; all others are refused by name.
        """
        if self.app.conf.task_always_eager:
            eager: AsyncResult[Any] = self.apply(tuple(args or ()), dict(kwargs or {}), **options)
            return eager
        chosen = translate(self.app, options)
        params = self.job.signature.validate(self.job.signature.bind(args or (), kwargs or {}))
        with transactions.write():
            run = submit(self.job, params, group=canvas.group_of(options), **chosen)
            canvas.attach(run, options, self.app)
        result: AsyncResult[Any] = self.AsyncResult(str(run.id))
        return result

    def AsyncResult(self, task_id: str, **kwargs: Any) -> AsyncResult[Any]:  # noqa: N802 - Celery's
        """Return the AsyncResult of a run; it tells that it is one, where a canvas is made."""
        result: Any = super().AsyncResult(task_id, **kwargs)
        result.job_name = self.name
        return cast("AsyncResult[Any]", result)


def register_jobs(app: Any) -> None:
    """Make each job a task of `app`."""
    for job in registry.all():
        known = app._tasks.get(job.name)  # noqa: SLF001 - `tasks` would finalize the app, which is under way
        if getattr(known, "job", None) is not job:
            _register(app, job)


def _register(app: Any, job: Job[Any, Any]) -> None:
    attributes = {
        "job": job,
        "app": app,
        "name": job.name,
        "run": staticmethod(job.function),
        "__doc__": job.function.__doc__,
        "__module__": job.module,
        "__wrapped__": staticmethod(job.function),
    }
    task = type(job.name, (JobTask,), attributes)()
    app._tasks[job.name] = task  # noqa: SLF001 - as above
    task.bind(app)
