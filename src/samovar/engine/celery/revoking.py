"""Celery's `revoke` of a run is its cancel: `AsyncResult.revoke`, `app.control.revoke`, Flower's
button, `celery control revoke` and `celery control terminate`.

An app's control looks into the ledger first, so a cancel needs no worker that hears of it. Who
sends the command past it reaches a worker, which does the same. `terminate` and `signal` change
nothing: the ladder of a cancel ends with a kill anyway.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from celery.utils.functional import maybe_list
from celery.utils.imports import symbol_by_name
from django.db import Error, close_old_connections
from django.utils.translation import gettext as _

from samovar.models import Run
from samovar.runtime.cancel import cancel


def cancel_by_control(app: Any) -> None:
    """Let `app.control.revoke` cancel runs; does nothing the second time."""
    chosen: Any = symbol_by_name(app.control_cls)
    if getattr(chosen, "cancels_runs", False):
        return

    class RunControl(chosen):  # type: ignore[misc]  # a class known at run time
        """The app's own control, with runs cancelled in the ledger."""

        cancels_runs = True

        def revoke(self, task_id: Any, *args: Any, **kwargs: Any) -> Any:
            """Cancel the runs among the ids, and revoke the plain tasks among them."""
            ended, others = _cancel_runs(maybe_list(task_id) or [])
            if ended and not others:
                return [{"samovar": {"ok": _told(ended)}}] if kwargs.get("reply") else None
            return super().revoke(others, *args, **kwargs)

    app.control_cls = RunControl
    # One that was made before has to be made anew.
    app.__dict__.pop("control", None)


def cancel_by_command() -> None:
    """Let a worker that is told to revoke or to terminate a run cancel it; does nothing the second
    time.
    """
    from celery.worker.control import Panel

    own: Any = Panel.data["revoke"]
    if getattr(own, "cancels_runs", False):
        return

    def revoke(state: Any, task_id: Any, **options: Any) -> Any:
        try:
            ended, others = _cancel_runs(maybe_list(task_id) or [])
        except Error as error:
            return {"error": _("The ledger does not answer: {error}").format(error=error)}
        finally:
            close_old_connections()
        if ended and not others:
            return {"ok": _told(ended)}
        return own(state, others, **options)

    revoke.cancels_runs = True  # type: ignore[attr-defined]  # a mark on a function

    def terminate(state: Any, signal: Any, task_id: Any, **_: Any) -> Any:
        return revoke(state, task_id, terminate=True, signal=signal)

    Panel.data["revoke"], Panel.data["terminate"] = revoke, terminate


def _cancel_runs(task_ids: Iterable[Any]) -> tuple[list[str], list[Any]]:
    """Cancel the runs among the ids; return theirs, and the others'."""
    given = list(task_ids)
    ids = {each: run_id for each in given if (run_id := _as_uuid(each))}
    runs = {run.pk: run for run in Run.objects.filter(pk__in=ids.values())} if ids else {}
    for run in runs.values():
        cancel(run, by="Celery")
    return (
        [str(each) for each in given if ids.get(each) in runs],
        [each for each in given if ids.get(each) not in runs],
    )


def _as_uuid(task_id: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(task_id))
    except ValueError:
        return None


def _told(ids: list[str]) -> str:
    return _("cancelled: {ids}").format(ids=", ".join(ids))
