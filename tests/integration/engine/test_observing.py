"""Plain Celery tasks in the history: written down as they run, and never in their way."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from celery import signals

from samovar import clock
from samovar.engine.celery import observing
from samovar.models import AttemptState, Run, RunState, Source
from samovar.runtime.cancel import cancel
from samovar.runtime.upkeep.rescuer import OverdueLeases
from tests.integration.engine.project.plain import add, charge, fail, give_set, once_more
from tests.integration.ledger.conftest import ledger  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration

HANDLERS = (
    (signals.task_prerun, "_begin"),
    (signals.task_failure, "_note_failure"),
    (signals.task_retry, "_note_retry"),
    (signals.task_postrun, "_end"),
)


@pytest.fixture(autouse=True)
def observed(transactional_db, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OBSERVE": ["plain.*"]}
    observing.install()
    yield
    for signal, name in HANDLERS:
        signal.disconnect(dispatch_uid=f"samovar.observing.{name}")
    observing._watch.runs.clear()


def test_a_task_that_succeeds():
    result = add.apply(args=[1], kwargs={"second": 2})
    run = Run.objects.get()
    assert (str(run.pk), run.job, run.state, run.result) == (
        result.id, "plain.add", RunState.SUCCEEDED, 3,
    )  # fmt: skip
    assert (run.params, run.source) == ({"first": 1, "second": 2}, Source.OBSERVED)
    assert run.attempts.get().pid == os.getpid()


def test_what_is_secret_is_not_written_down():
    charge.apply(args=["anna", "pa55"], kwargs={"card": {"number": 7, "api_token": "t0k"}})
    assert Run.objects.get().params == {
        "user": "anna",
        "password": "•••",
        "card": {"number": 7, "api_token": "•••"},
    }


def test_a_task_that_fails():
    fail.apply(args=["x" * 5000])
    run = Run.objects.get()
    assert (run.state, run.error["type"]) == (RunState.FAILED, "LookupError")
    assert "in fail" in run.traceback
    assert len(run.params["why"]) == observing.LONGEST


def test_a_result_that_json_cannot_hold_is_shown_as_text():
    assert give_set.apply().result == {1}
    assert Run.objects.get().result == "{1}"


def test_each_try_of_a_task_is_a_run():
    result = once_more.apply()
    first, second = Run.objects.order_by("created_at", "pk")
    assert (result.result, str(first.pk)) == ("done", result.id)
    assert (first.state, second.state) == (RunState.FAILED, RunState.SUCCEEDED)
    assert second.again_of_id == first.pk


def test_a_task_that_is_not_named_is_left_alone(settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OBSERVE": ["other.*"]}
    add.apply(args=[1, 2])
    assert not Run.objects.exists()


def test_a_history_that_is_away_is_not_felt(monkeypatch, caplog):
    monkeypatch.setattr(observing, "params_of", lambda *_: 1 / 0)
    assert add.apply(args=[1, 2]).result == 3
    assert "could not be written down" in caplog.text


def test_a_task_whose_process_died_has_failed(ledger):  # noqa: F811
    observing._write("0199d0e0-0000-7000-8000-000000000001", add, [1, 2], {})
    observing._watch.runs.clear()
    Run.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
    OverdueLeases(ledger, patience=0).run_once()
    run = Run.objects.get()
    assert run.state == RunState.FAILED
    assert run.attempts.get().state == AttemptState.LOST


def test_it_cannot_be_cancelled_here():
    observing._write("0199d0e0-0000-7000-8000-000000000001", add, [1, 2], {})
    assert not cancel(Run.objects.get())
    assert Run.objects.get().state == RunState.RUNNING
