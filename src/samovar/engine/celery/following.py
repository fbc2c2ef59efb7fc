"""Celery's bookkeeping for an attempt: what its users see of a task while it runs and when it has
ended.

A run's attempt is performed by the crew, not by Celery's tracer. Everything that Celery would have
said and done around a task is said and done here, under the run's id: the log lines, the signals
with the job's task as the sender, the events for Flower, and the request that `celery inspect
active` shows.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from billiard.einfo import ExceptionInfo
from celery import signals, states
from celery.app import trace
from celery.exceptions import Retry
from celery.utils.saferepr import saferepr
from celery.worker import strategy as celery_strategy
from celery.worker.request import Request
from celery.worker.state import task_ready, task_reserved

from samovar.engine.celery.faults import as_exception
from samovar.engine.celery.options import QUEUE_PREFIX
from samovar.models.states import RunState
from samovar.types import Ending, Outcome

if TYPE_CHECKING:
    from samovar.runtime.claim import Claimed


class Following:
    """One attempt, from the claim to its end. Used by the slot's thread."""

    def __init__(self, consumer: Any, claimed: Claimed) -> None:
        self._claimed = claimed
        self._task = consumer.app.tasks[claimed.job]
        self._request = _request(consumer, self._task, claimed)
        self._started = time.monotonic()
        self._begin(consumer)

    def end(self, ending: Ending, state: RunState | None) -> None:
        """Say how the attempt ended. `state` is what the run became; None when another had the run
        by then.
        """
        self._ending = ending
        if state == RunState.SUCCEEDED:
            self._guarded(self._succeed)
        elif state == RunState.FAILED:
            self._guarded(self._fail)
        elif state == RunState.CANCELLED:
            self._guarded(self._revoke)
        elif state == RunState.SCHEDULED:
            self._guarded(self._retry)
        else:
            self._guarded(self._give_back)

    def _begin(self, consumer: Any) -> None:
        request, task = self._request, self._task
        _say(celery_strategy.logger, logging.INFO, trace.LOG_RECEIVED, self._context())
        signals.task_received.send(sender=consumer, request=request)
        request.send_event(
            "task-received",
            name=request.name,
            args=request.argsrepr,
            kwargs=request.kwargsrepr,
            root_id=request.id,
            parent_id=None,
            retries=self._claimed.attempt - 1,
            eta=None,
            expires=None,
        )
        task_reserved(request)
        pid: Any = os.getpid()
        request.on_accepted(pid, self._started)
        task.push_request(
            args=(), kwargs=self._claimed.params, called_directly=False, **_context_of(request)
        )
        signals.task_prerun.send(
            sender=task, task_id=request.id, task=task, args=(), kwargs=self._claimed.params
        )

    def _guarded(self, finish: Callable[[], tuple[str, Any]]) -> None:
        """Do `finish`, which returns Celery's state and value, and close the books whatever
        happens.
        """
        state: str = states.FAILURE
        value = None
        try:
            state, value = finish()
        finally:
            signals.task_postrun.send(
                sender=self._task,
                task_id=self._request.id,
                task=self._task,
                args=(),
                kwargs=self._claimed.params,
                retval=value,
                state=state,
            )
            self._task.pop_request()
            task_ready(self._request, successful=state == states.SUCCESS)

    def _succeed(self) -> tuple[str, Any]:
        value = json.loads(self._ending.result or "null")
        runtime = time.monotonic() - self._started
        shown = saferepr(value, self._task.resultrepr_maxsize)
        signals.task_success.send(sender=self._task, result=value, runtime=runtime)
        _say(
            trace.logger,
            logging.INFO,
            trace.LOG_SUCCESS,
            self._context(runtime=runtime, return_value=shown),
        )
        self._request.send_event("task-succeeded", result=shown, runtime=runtime)
        return states.SUCCESS, value

    def _fail(self) -> tuple[str, Any]:
        error, text = self._error()
        info = _info(error, text)
        signals.task_failure.send(
            sender=self._task,
            task_id=self._request.id,
            exception=error,
            args=(),
            kwargs=self._claimed.params,
            traceback=None,
            einfo=info,
        )
        context = self._context(description="raised unexpected", exc=repr(error), traceback=text)
        _say(trace.logger, logging.ERROR, trace.LOG_FAILURE + "\n%(traceback)s", context)
        self._request.send_event("task-failed", exception=repr(error), traceback=text)
        return states.FAILURE, error

    def _retry(self) -> tuple[str, Any]:
        error, text = self._error()
        reason = Retry("The job is tried again.", error)
        signals.task_retry.send(
            sender=self._task, request=self._task.request, reason=reason, einfo=_info(error, text)
        )
        _say(trace.logger, logging.INFO, trace.LOG_RETRY, self._context(exc=repr(error)))
        self._request.send_event("task-retried", exception=repr(error), traceback=text)
        return states.RETRY, reason

    def _revoke(self) -> tuple[str, Any]:
        request = self._request
        signals.task_revoked.send(
            sender=self._task,
            request=self._task.request,
            terminated=True,
            signum=None,
            expired=False,
        )
        _say(trace.logger, logging.INFO, "Task %(name)s[%(id)s] cancelled", self._context())
        request.send_event("task-revoked", terminated=True, signum=None, expired=False)
        return states.REVOKED, None

    def _give_back(self) -> tuple[str, Any]:
        reason = self._ending.reason or self._ending.outcome.value
        level = logging.INFO if self._ending.outcome == Outcome.RELEASED else logging.WARNING
        _say(
            trace.logger,
            level,
            "Task %(name)s[%(id)s] given back: %(exc)s",
            self._context(exc=reason),
        )
        self._request.send_event("task-retried", exception=reason, traceback="")
        return states.RETRY, None

    def _error(self) -> tuple[Exception, str]:
        fault = self._ending.fault
        if fault is None:
            return RuntimeError(self._ending.reason), ""
        return as_exception(fault.type, fault.message), fault.traceback

    def _context(self, **more: Any) -> dict[str, Any]:
        request = self._request
        return {
            "id": request.id,
            "name": request.name,
            "args": "()",
            "kwargs": request.kwargsrepr,
            **more,
        }


class _CrewRequest(Request):
    """A request whose run the crew ends, not Celery's pool."""

    def cancel(self, pool: Any, signal: Any = None, emit_retry: bool = True) -> None:  # noqa: FBT001, FBT002 - Celery's
        """Leave it to the crew, which a worker that ends at once (SIGQUIT) asks to hand all runs
        back: the threads pool cannot kill, and would fail Celery's shutdown.
        """


def _request(consumer: Any, task: Any, claimed: Claimed) -> Request:
    """Return a request as Celery would have made it of a message with the run's params."""
    run_id = str(claimed.run_id)
    headers: dict[str, Any] = {
        "id": run_id,
        "task": claimed.job,
        "root_id": run_id,
        "retries": claimed.attempt - 1,
        "argsrepr": "()",
        "kwargsrepr": saferepr(claimed.params),
    }
    message = SimpleNamespace(
        headers=headers,
        properties={},
        delivery_info={"exchange": "", "routing_key": QUEUE_PREFIX + claimed.queue},
    )
    return _CrewRequest(
        message,
        headers=headers,
        body=((), claimed.params, {}),
        decoded=True,
        task=task,
        app=consumer.app,
        hostname=consumer.hostname,
        eventer=consumer.event_dispatcher,
    )


def _context_of(request: Request) -> dict[str, Any]:
    """Return what `task.request` tells a signal's receiver."""
    known = (
        "id",
        "task",
        "root_id",
        "retries",
        "hostname",
        "delivery_info",
        "argsrepr",
        "kwargsrepr",
    )
    return {name: request.request_dict.get(name) for name in known}


def _info(error: Exception, text: str) -> ExceptionInfo:
    """Return billiard's bundle of an exception, with the traceback's text from the runner."""
    try:
        raise error  # noqa: TRY301 - billiard wants a traceback of this process too
    except Exception:  # noqa: BLE001 - it is the one above
        info = ExceptionInfo()
    info.exception, info.traceback = error, text or info.traceback
    return info


def _say(logger: logging.Logger, level: int, text: str, context: dict[str, Any]) -> None:
    """Log as Celery does: the values stand in the message, and as `data` for handlers of the
    project's own.
    """
    logger.log(level, text, context, extra={"data": context})
