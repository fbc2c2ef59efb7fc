"""A job as Celery's users meet it: task, AsyncResult, signals' sender."""

from __future__ import annotations

import datetime as dt
import uuid

import celery
import pytest
from celery import exceptions
from celery.exceptions import TaskRevokedError
from celery.result import AsyncResult
from celery.signals import task_postrun
from django.db import transaction

from samovar import clock, conf
from samovar.engine.celery.apps import prepare
from samovar.exceptions import InvalidParams, UnsupportedOption
from samovar.models import Run, Worker
from samovar.runtime.claim import Holder, claim
from samovar.types import Fault
from showcase.tasks import long_process, my_task, user_task

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

SECOND = dt.timedelta(seconds=1)


def _running(run_id: str) -> tuple[Run, uuid.UUID]:
    worker = Worker.objects.create(name="w", host="h", host_key="k", pid=1, slots=1)
    token = uuid.uuid4()
    holder = Holder(worker.pk, worker.name, worker.host)
    with transaction.atomic():
        assert claim(uuid.UUID(run_id), token=token, holder=holder, pid=1, brand=1)
    return Run.objects.get(pk=run_id), token


def test_every_job_is_a_task_of_the_app():
    task = celery.current_app.tasks["long_process"]
    assert task.name == long_process.name
    assert conf.load("ENGINE").task(long_process) is task


def test_the_body_runs_here_when_asked_to():
    assert celery.current_app.tasks["long_process"].run is long_process.function
    result = long_process.apply(kwargs={"num_seconds": 0})
    assert (result.state, result.result) == ("SUCCESS", None)


def test_delay_makes_a_run():
    result = long_process.delay(5)
    run = Run.objects.get(pk=result.id)
    assert (run.job, run.params, run.state) == ("long_process", {"num_seconds": 5}, "queued")
    assert (result.state, result.ready(), result.result) == ("PENDING", False, None)


def test_a_signature_makes_a_run():
    result = long_process.s(num_seconds=2).apply_async()
    assert Run.objects.get(pk=result.id).params == {"num_seconds": 2}


def test_options_reach_the_run():
    wanted = str(uuid.uuid4())
    result = long_process.apply_async(
        [3], task_id=wanted, countdown=60, queue="slow", priority=7, expires=600
    )
    run = Run.objects.get(pk=wanted)
    assert result.id == wanted
    assert (run.state, run.queue, run.priority) == ("scheduled", "slow", 7)
    assert run.available_at
    assert run.expires_at
    assert result.state == "PENDING"


def test_a_refused_option_submits_nothing():
    with pytest.raises(UnsupportedOption, match="'time_limit'"):
        long_process.apply_async([3], time_limit=5)
    assert not Run.objects.exists()


def test_bad_params_submit_nothing():
    with pytest.raises(InvalidParams):
        long_process.delay("many")
    assert not Run.objects.exists()


def test_a_run_that_succeeds():
    result = my_task.delay(1)
    run, token = _running(result.id)
    assert AsyncResult(result.id).state == "STARTED"
    assert run.succeed(token=token, result="done", now=clock.now())
    assert AsyncResult(result.id).state == "SUCCESS"
    assert AsyncResult(result.id).get(timeout=1) == "done"
    assert result.successful()


def test_a_run_that_fails():
    result = user_task.delay(should_fail=True)
    run, token = _running(result.id)
    fault = Fault("ValueError", "An error occurred in user_task", "Traceback: …")
    assert run.fail(token=token, fault=fault, now=clock.now(), failures=1)
    found = AsyncResult(result.id)
    assert (found.state, found.traceback) == ("FAILURE", "Traceback: …")
    assert isinstance(found.result, ValueError)
    with pytest.raises(ValueError, match="An error occurred in user_task"):
        found.get(timeout=1)


def test_a_run_that_waits_for_its_retry():
    result = user_task.delay()
    run, token = _running(result.id)
    assert run.retry(token=token, wait=60 * SECOND)
    assert AsyncResult(result.id).state == "RETRY"


def test_a_run_that_was_cancelled():
    result = user_task.delay()
    Run.objects.get(pk=result.id).cancel(now=clock.now())
    assert AsyncResult(result.id).state == "REVOKED"
    with pytest.raises(TaskRevokedError):
        result.get(timeout=1)


def test_waiting_ends_at_the_timeout():
    with pytest.raises(exceptions.TimeoutError):
        user_task.delay().get(timeout=0.05)


def test_ignore_result_does_not_hide_a_run():
    result = my_task.apply_async([1], ignore_result=True)
    run, token = _running(result.id)
    assert run.succeed(token=token, result="done", now=clock.now())
    assert result.get(timeout=1) == "done"


def test_forget_keeps_the_run():
    result = my_task.delay(1)
    result.forget()
    assert Run.objects.filter(pk=result.id).exists()


@pytest.mark.parametrize("strange", [str(uuid.uuid4()), "no uuid at all"])
def test_another_id_is_the_own_backends_business(strange):
    app = celery.Celery("plain", backend="cache+memory://", set_as_current=False)
    app.finalize()
    prepare(app)
    assert AsyncResult(strange, app=app).state == "PENDING"
    app.backend.store_result(strange, 42, "SUCCESS")
    assert AsyncResult(strange, app=app).get(timeout=1) == 42
    mine = my_task.delay(1)
    assert AsyncResult(mine.id, app=app).state == "PENDING"
    assert AsyncResult(mine.id, app=app).backend.task_result_exists(mine.id)


def test_a_signals_sender_may_be_the_job():
    heard = []

    @task_postrun.connect(sender=user_task, weak=False)
    def hear(sender, task_id, **_):
        heard.append(task_id)

    try:
        task_postrun.send(sender=celery.current_app.tasks["user_task"], task_id="1")
        task_postrun.send(sender=celery.current_app.tasks["my_task"], task_id="2")
    finally:
        task_postrun.disconnect(hear, sender=user_task)
    assert heard == ["1"]


def test_a_celery_app_that_is_made_later_knows_the_jobs_and_has_a_broker():
    app = celery.Celery("late", set_as_current=False)
    assert "long_process" in app.tasks
    assert app.conf.broker_url.startswith("samovar://")
    named = celery.Celery("named", broker="memory://", set_as_current=False)
    named.finalize()
    assert named.conf.broker_url == "memory://"
