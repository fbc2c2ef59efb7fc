"""Celery's revoke of a run is its cancel, whoever asks and however."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import celery
import pytest
from celery.result import AsyncResult, GroupResult
from celery.worker.control import Panel
from django.db import transaction

from samovar.engine.celery.apps import prepare
from samovar.engine.celery.revoking import cancel_by_command
from samovar.models import Run, RunState, Worker
from samovar.runtime.claim import Holder, claim
from samovar.runtime.snapshot import snapshot
from showcase.tasks import my_task

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def result() -> AsyncResult:
    return my_task.delay(5)


def run_of(result: AsyncResult) -> Run:
    return Run.objects.get(pk=result.id)


def begin(result: AsyncResult) -> None:
    worker = Worker.objects.create(name="w", host="h", host_key="k", pid=1, slots=1)
    holder = Holder(worker.pk, worker.name, worker.host)
    with transaction.atomic():
        token, run_id = uuid.uuid4(), uuid.UUID(result.id)
        assert claim(run_id, token=token, holder=holder, pid=1, brand=1)


@pytest.mark.parametrize(
    "options", [{}, {"terminate": True}, {"terminate": True, "signal": "KILL"}]
)
def test_a_result_cancels_its_run(result, options):
    result.revoke(**options)

    assert run_of(result).state == RunState.CANCELLED
    assert (result.state, result.ready()) == ("REVOKED", True)
    assert snapshot(run_of(result))["state"] == "cancelled"


@pytest.mark.parametrize("way", ["revoke", "terminate"])
def test_a_running_one_is_cancelling_until_it_is_gone(result, way):
    begin(result)

    getattr(celery.current_app.control, way)(result.id)

    assert run_of(result).state == RunState.CANCELLING
    assert result.state == "STARTED"


def test_a_group_of_results_is_cancelled_whole():
    results = [my_task.delay(5) for _ in range(3)]

    GroupResult(str(uuid.uuid4()), results).revoke()

    assert {run_of(each).state for each in results} == {RunState.CANCELLED}


def test_one_that_has_ended_stays_as_it_is(result):
    Run.objects.filter(pk=result.id).update(state="succeeded", result="tea")

    result.revoke(terminate=True)

    assert (result.state, result.result) == ("SUCCESS", "tea")


def test_a_plain_task_s_id_goes_on_to_the_workers(result, monkeypatch):
    control, sent = celery.current_app.control, []
    monkeypatch.setattr(
        control, "broadcast", lambda command, **options: sent.append((command, options))
    )

    control.revoke([result.id, "a-plain-id"], terminate=True)

    [(command, options)] = sent
    assert (command, options["arguments"]["task_id"]) == ("revoke", ["a-plain-id"])
    assert run_of(result).state == RunState.CANCELLED


def test_who_waits_for_a_reply_gets_one(result):
    [reply] = celery.current_app.control.revoke(result.id, reply=True)

    assert reply == {"samovar": {"ok": f"cancelled: {result.id}"}}


@pytest.fixture
def commands(monkeypatch) -> dict[str, Callable[..., Any]]:
    """Give what a worker does when it is told something."""
    monkeypatch.setattr(Panel, "data", dict(Panel.data))
    cancel_by_command()
    return Panel.data


@pytest.mark.parametrize(
    ("command", "options"),
    [("revoke", {}), ("revoke", {"terminate": True}), ("terminate", {"signal": "KILL"})],
)
def test_a_worker_that_is_told_so_cancels_the_run(result, commands, command, options):
    begin(result)

    answer = commands[command](None, task_id=[result.id], **options)

    assert answer == {"ok": f"cancelled: {result.id}"}
    assert run_of(result).state == RunState.CANCELLING


def test_a_control_that_was_made_before_is_made_anew(result):
    app = celery.Celery("early", set_as_current=False)
    early = app.control
    prepare(app)
    prepare(app)

    assert isinstance(app.control, type(early))
    app.control.revoke(result.id)
    assert run_of(result).state == RunState.CANCELLED
