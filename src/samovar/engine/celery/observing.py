"""Plain Celery tasks in the same history: what the setting OBSERVE names is written down as it is
performed, by the worker that performs it.

# Note [An observed run]
Its row is written when the task begins, already taken: it was never ours to dispatch, to cancel or
to try again. While the task lasts a thread of its process renews the lease; when the process dies,
the lease runs out, and the run fails with that reason. Whatever goes wrong with the row is said in
the worker's log, and the task goes on.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import inspect
import json
import logging
import os
import socket
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from celery import signals, states
from django.db import connections
from django.db.models.functions import Now

from samovar import clock, conf, transactions
from samovar.engine.celery.task import JobTask
from samovar.models import Run, RunState, Source
from samovar.models.fields import uuid7
from samovar.runner.json_text import NotJSON, json_text
from samovar.runtime import storable
from samovar.runtime.claim import Claimed, Holder, take
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.types import Ending, Fault, Outcome

logger = logging.getLogger(__name__)

QUEUE = "observed"
HIDDEN = "•••"
SECRETS = ("password", "passwd", "secret", "token", "api_key", "authorization", "credential")
"""An argument whose name has one of these is not written down."""
LONGEST = 1000
"""Characters of an argument that are kept."""


@dataclass(slots=True)
class _Watch:
    """What this process performs at the moment."""

    runs: dict[str, Claimed] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None


_watch = _Watch()


def install() -> None:
    """Listen to Celery's signals, where OBSERVE names anything."""
    if not conf.options().OBSERVE:
        return
    for signal, hear in (
        (signals.task_prerun, _begin),
        (signals.task_failure, _note_failure),
        (signals.task_retry, _note_retry),
        (signals.task_postrun, _end),
    ):
        signal.connect(hear, weak=False, dispatch_uid=f"samovar.observing.{hear.__name__}")


def is_observed(name: str) -> bool:
    """Return whether OBSERVE names the task: a name, or a pattern as "myapp.*"."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in conf.options().OBSERVE)


def params_of(task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by their names, as JSON can hold them, without what is secret."""
    try:
        bound = inspect.signature(task.run).bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {"args": list(args), **kwargs}
    return {name: _shown(name, value) for name, value in bound.items()}


def _shown(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in SECRETS):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown("", one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value if value == value else str(value)  # noqa: PLR0124 - NaN is no JSON
    return storable.text(str(value))[:LONGEST]


def _quietly(step: Callable[[], None]) -> None:
    """Do a step; the task shall not feel what goes wrong with its row."""
    try:
        step()
    except Exception:
        logger.exception("An observed task could not be written down.")


def _begin(*, task_id: str, task: Any, args: Any, kwargs: Any, **_: Any) -> None:
    if not isinstance(task, JobTask) and is_observed(task.name):
        _quietly(lambda: _write(task_id, task, args or (), kwargs or {}))


def _write(task_id: str, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    earlier = Run.objects.filter(pk=task_id).first()
    run = Run(
        id=uuid7() if earlier else uuid.UUID(task_id),
        job=task.name,
        params=params_of(task, args, kwargs),
        queue=QUEUE,
        state=RunState.QUEUED,
        source=Source.OBSERVED,
        created_at=clock.now(),
        crashes=1,
        again_of=earlier,
    )
    holder = Holder(uuid7(), str(task.request.hostname or "celery"), socket.gethostname())
    with transactions.write():
        run.save(force_insert=True)
        claimed = take(run, token=uuid7(), holder=holder, pid=os.getpid())
    if claimed is not None:
        _keep(task_id, claimed)


def _keep(task_id: str, claimed: Claimed) -> None:
    with _watch.guard:
        _watch.runs[task_id] = claimed
        if _watch.thread is None or not _watch.thread.is_alive():
            _watch.thread = threading.Thread(target=_renew, name="samovar-observing", daemon=True)
            _watch.thread.start()


def _renew() -> None:
    """Renew the leases while there is something to renew. See Note [An observed run]."""
    seconds = conf.options().LEASE_SECONDS
    pause = threading.Event()
    while not pause.wait(seconds / 3):
        with _watch.guard:
            tokens = [claimed.token for claimed in _watch.runs.values()]
            if not tokens:
                _watch.thread = None
                break
        _quietly(lambda tokens=tokens: _lengthen(tokens, seconds))  # type: ignore[misc]
    connections.close_all()


def _lengthen(tokens: list[uuid.UUID], seconds: float) -> None:
    with transactions.write():
        lease = Now() + dt.timedelta(seconds=seconds)
        Run.objects.held_by(tokens).update(lease_until=lease)


def _note_failure(*, task_id: str, exception: BaseException, einfo: Any, **_: Any) -> None:
    if task_id in _watch.runs:
        _watch.faults[task_id] = _fault(exception, str(einfo or ""))


def _note_retry(*, request: Any, reason: Any, **_: Any) -> None:
    if request.id in _watch.runs:
        error = reason if isinstance(reason, BaseException) else RuntimeError(str(reason))
        _watch.faults[request.id] = _fault(error, "")


def _fault(error: BaseException, text: str) -> Fault:
    trace = text or "".join(traceback.format_exception_only(error))
    return Fault(type(error).__qualname__, storable.text(str(error)), storable.text(trace))


def _end(*, task_id: str, retval: Any = None, state: str | None = None, **_: Any) -> None:
    with _watch.guard:
        claimed = _watch.runs.pop(task_id, None)
    fault = _watch.faults.pop(task_id, None)
    if claimed is not None:
        _quietly(lambda: _settle(claimed, _ending(state, retval, fault)))


def _ending(state: str | None, retval: Any, fault: Fault | None) -> Ending:
    if state == states.SUCCESS:
        return Ending(Outcome.SUCCEEDED, result=_result(retval))
    fault = fault or Fault(str(state or states.FAILURE), storable.text(str(retval)))
    return Ending(Outcome.FAILED, fault=fault, retryable=False)


def _result(retval: Any) -> str:
    try:
        return json_text(retval)
    except NotJSON:
        return json.dumps(storable.text(str(retval))[:LONGEST])


def _settle(claimed: Claimed, ending: Ending) -> None:
    with transactions.write():
        settle_now(claimed, ending, Recorder(None, claimed))


def _forget_after_fork() -> None:
    """Begin anew in a pool's child: what the parent watched is not performed here."""
    global _watch  # noqa: PLW0603 - a thread does not live on in a fork
    _watch = _Watch()


os.register_at_fork(after_in_child=_forget_after_fork)
