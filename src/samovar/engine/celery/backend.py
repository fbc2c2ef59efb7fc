"""The ledger in front of an app's own result backend.

`AsyncResult(id)` asks the app's backend, in whichever process it was made. This one answers for
ids that are runs; every other question goes to the backend that the project has chosen, which
keeps the results of its plain tasks.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from celery import exceptions, states
from celery.app.backends import by_url
from celery.backends.base import DisabledBackend
from celery.exceptions import ImproperlyConfigured, TaskRevokedError
from celery.result import AsyncResult

from samovar import clock
from samovar.engine.celery import canvas
from samovar.engine.celery.faults import as_exception
from samovar.models import Attempt, Run
from samovar.models.states import RunState

SHORTEST_WAIT = 0.01
LONGEST_WAIT = 0.25
"""Seconds between two looks at the ledger while somebody waits for a result."""

_STATES = {
    RunState.SCHEDULED: states.PENDING,
    RunState.QUEUED: states.PENDING,
    RunState.RUNNING: states.STARTED,
    RunState.CANCELLING: states.STARTED,
    RunState.SUCCEEDED: states.SUCCESS,
    RunState.FAILED: states.FAILURE,
    RunState.CANCELLED: states.REVOKED,
}


class LedgerBackend:
    """Answers for runs; passes all else on to `own`."""

    supports_native_join = False
    """A group may hold runs and plain tasks, so each result is asked by itself."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def get_task_meta(self, task_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return Celery's description of a task's state and result."""
        run = find(task_id)
        if run:
            return meta(run)
        if isinstance(self._own, DisabledBackend):
            return {"status": states.PENDING, "result": None}
        found: dict[str, Any] = self._own.get_task_meta(task_id, *args, **kwargs)
        return found

    def get_state(self, task_id: str) -> str:
        """Return Celery's word for the state."""
        return str(self.get_task_meta(task_id)["status"])

    def get_result(self, task_id: str) -> Any:
        """Return the result, or the exception of a failed run."""
        return self.get_task_meta(task_id).get("result")

    def get_traceback(self, task_id: str) -> str | None:
        """Return the traceback's text of a failed run."""
        return self.get_task_meta(task_id).get("traceback")

    def task_result_exists(self, task_id: str) -> bool:
        """Return whether anything is known of the id."""
        return find(task_id) is not None or bool(self._own.task_result_exists(task_id))

    def add_pending_result(self, result: AsyncResult[Any], *args: Any, **kwargs: Any) -> Any:
        """Let the project's backend prepare to wait, unless the result is a run's."""
        if _is_of_a_run(result):
            return result
        return self._own.add_pending_result(result, *args, **kwargs)

    def wait_for_pending(
        self,
        result: AsyncResult[Any],
        timeout: float | None = None,
        on_interval: Any = None,
        callback: Any = None,
        propagate: bool = True,  # noqa: FBT001, FBT002 - Celery's signature
        **options: Any,
    ) -> Any:
        """Wait until the run has ended and return or raise what it left."""
        if not _is_of_a_run(result):
            return self._own.wait_for_pending(
                result,
                timeout=timeout,
                on_interval=on_interval,
                callback=callback,
                propagate=propagate,
                **options,
            )
        if options.get("on_message") is not None:
            raise ImproperlyConfigured("A run's result has no messages: leave `on_message` out.")
        waited: Any = result
        described = self._await(result.id, timeout, on_interval)
        waited._cache = described  # noqa: SLF001 - as Celery's own backends do
        return result.maybe_throw(propagate=propagate, callback=callback)

    def wait_for(
        self,
        task_id: str,
        timeout: float | None = None,
        *args: Any,
        on_interval: Any = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Wait until the run has ended, and describe it. Raises Celery's TimeoutError."""
        if not find(task_id):
            found: dict[str, Any] = self._own.wait_for(
                task_id, timeout, *args, on_interval=on_interval, **options
            )
            return found
        return self._await(task_id, timeout, on_interval)

    def _await(self, task_id: str, timeout: float | None, on_interval: Any) -> dict[str, Any]:
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = SHORTEST_WAIT
        while (described := self.get_task_meta(task_id))["status"] not in states.READY_STATES:
            if on_interval:
                on_interval()
            left = pause if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise exceptions.TimeoutError(
                    f"The run {task_id} has not ended within {timeout} s."
                )
            time.sleep(min(pause, left))
            pause = min(pause * 2, LONGEST_WAIT)
        return described

    def ensure_chords_allowed(self) -> None:
        """Allow it: over jobs the ledger does it, over plain tasks `apply_chord` asks again."""

    def apply_chord(self, header_result_args: Any, body: Any, **options: Any) -> None:
        """Write the group of a chord over jobs, and its body, which waits for it."""
        group_id, results = header_result_args
        if not canvas.open_chord(results, group_id, body, self._own.app):
            self._own.apply_chord(header_result_args, body, **options)

    def set_chord_size(self, group_id: str, chord_size: int) -> None:
        """Tell how many runs a chord's header has: the ledger knows of its own."""
        if not canvas.knows(group_id):
            self._own.set_chord_size(group_id, chord_size)

    def forget(self, task_id: str) -> None:
        """Keep a run: the ledger is its history. Forget the result of a plain task."""
        if not find(task_id):
            self._own.forget(task_id)


def _is_of_a_run(result: AsyncResult[Any]) -> bool:
    """Return whether the result is a run's, or will be: a job that comes behind a plain task has
    no run until that has ended, but its result was made by the job's task.
    """
    return hasattr(result, "job_name") or find(result.id) is not None


def ledger_first(app: Any) -> None:
    """Put the ledger in front of the result backend of `app`; does nothing the second time."""
    chosen: Any = app.backend_cls
    if getattr(chosen, "is_ledger_first", False):
        return

    def build(app: Any, url: str | None = None) -> LedgerBackend:  # noqa: ARG001 - Celery's
        found: Any = by_url(chosen or app.conf.result_backend, app.loader)
        backend, own_url = found
        return LedgerBackend(backend(app=app, url=own_url))

    build.is_ledger_first = True  # type: ignore[attr-defined]  # a mark on a function
    app.backend_cls = build


def find(task_id: str) -> Run | None:
    """Return the run of this id, or None when it is a plain task's or nobody's."""
    try:
        run_id = uuid.UUID(task_id)
    except ValueError:
        return None
    return Run.objects.filter(pk=run_id).first()


def meta(run: Run) -> dict[str, Any]:
    """Return Celery's description of `run`."""
    status, result = _status(run)
    return {
        "task_id": str(run.id),
        "status": status,
        "result": result,
        "traceback": run.traceback or None,
        "children": [],
        "date_done": clock.rfc3339(run.finished_at),
        "name": run.job,
        "args": [],
        "kwargs": run.params,
        "retries": max(run.attempt - 1, 0),
        "queue": run.queue,
    }


def _status(run: Run) -> tuple[str, Any]:
    """Return the state in Celery's words, and what stands as the result with it."""
    if run.state == RunState.SUCCEEDED:
        return states.SUCCESS, run.result
    if run.state == RunState.FAILED:
        error = run.error or {}
        return states.FAILURE, as_exception(
            error.get("type", "Exception"), error.get("message", "")
        )
    if run.state == RunState.CANCELLED:
        return states.REVOKED, TaskRevokedError("The run was cancelled.")
    if run.state == RunState.SCHEDULED and run.failures:
        return states.RETRY, _last_error(run)
    return _STATES[RunState(run.state)], None


def _last_error(run: Run) -> Exception | None:
    attempt = Attempt.objects.filter(run=run).order_by("-number").first()
    return (
        as_exception(attempt.error_type, attempt.error_message)
        if attempt and attempt.error_type
        else None
    )
