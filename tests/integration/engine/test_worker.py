"""A worker by itself, on each broker: runs, Celery's words about them, and its end."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.rig import site as sites
from tests.rig.waiting import wait_for
from tests.rig.worker import Worker, running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SETTINGS = "tests.integration.engine.project.settings"
GRACE_SECONDS = 1.0


@pytest.fixture(params=["doorbell", "redis", "rabbitmq"])
def broker(request) -> str | None:
    if request.param == "doorbell":
        return None
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
def worker(broker) -> Iterator[Worker]:
    environ = {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "SAMOVAR_STOP_GRACE_SECONDS": str(GRACE_SECONDS),
    }
    if broker:
        environ["CELERY_BROKER_URL"] = broker
    with sites.made(**environ) as site, running(site) as worker:
        yield worker


def test_celery_says_of_a_run_what_it_says_of_a_task(worker):
    good = worker.run("double", "--number", "21")
    wait_for(lambda: worker.heard("success"), 20, "the success")
    assert worker.heard("prerun") == [["prerun", "double", good, {"number": 21}, good]]
    assert worker.heard("success") == [["success", "double", good, 42]]
    wait_for(lambda: worker.heard("postrun"), 5, "the postrun")
    assert worker.heard("postrun") == [["postrun", "double", good, "42", "SUCCESS"]]

    bad = worker.run("break_down")
    wait_for(lambda: len(worker.heard("postrun")) == 2, 20, "the failure")
    assert worker.heard("failure") == [
        ["failure", "break_down", bad, "LookupError('no such tea')", True]
    ]
    assert worker.heard("postrun")[1] == [
        "postrun", "break_down", bad, "no such tea", "FAILURE",
    ]  # fmt: skip

    log = worker.log
    assert f"Task double[{good}] received" in log
    assert f"Task double[{good}] succeeded in " in log
    assert f"Task break_down[{bad}] raised unexpected: LookupError('no such tea')" in log


def test_inspect_shows_a_run_and_the_stop_hands_it_back(worker):
    run = worker.run("linger", "--seconds", "60")
    wait_for(lambda: f"linger[{run}] received" in worker.log, 20, "the start")
    shown = worker.celery("inspect", *worker.alone, "active")
    assert run in shown
    assert "'name': 'linger'" in shown
    worker.stop()
    assert worker.process.returncode == 0
    attempts = json.loads(worker.site.manage("samovar", "runs", "--json").stdout)
    assert [entry["state"] for entry in _items(attempts)] == ["queued"]


@pytest.mark.parametrize("broker", ["doorbell"], indirect=True)
def test_a_host_s_own_handler_stores_outcome_and_result(worker):
    good = worker.celery("call", "user_task", "--args", "[false]").split()[-1]
    bad = worker.celery("call", "user_task", "--args", "[true]").split()[-1]
    wait_for(lambda: len(worker.heard("inserted")) == 2, 30, "the success and the failure")
    assert {entry[1]: entry[2:] for entry in worker.heard("inserted")} == {
        good: [True, "SUCCESS"],
        bad: ["An error occurred in user_task", "FAILURE"],
    }


@pytest.mark.parametrize("broker", ["doorbell"], indirect=True)
def test_a_cold_stop_hands_a_run_back_without_complaint(worker):
    run = worker.run("linger", "--seconds", "60")
    wait_for(lambda: f"linger[{run}] received" in worker.log, 20, "the start")
    worker.stop(signal.SIGQUIT)
    assert "Traceback" not in worker.log
    assert "NotImplementedError" not in worker.log
    told = json.loads(worker.site.manage("samovar", "runs", "--json").stdout)
    assert [entry["state"] for entry in _items(told)] == ["queued"]


@pytest.mark.parametrize("broker", ["doorbell"], indirect=True)
def test_a_command_to_revoke_cancels_a_run(worker):
    """`celery control` speaks to the workers past the app's own control."""
    run = worker.run("linger", "--seconds", "60")
    wait_for(lambda: f"linger[{run}] received" in worker.log, 20, "the start")
    assert run in worker.celery("control", *worker.alone, "revoke", run)
    wait_for(lambda: [run] == _cancelled(worker), 30, "the end of the run")


def _cancelled(worker):
    told = json.loads(worker.site.manage("samovar", "runs", "--json").stdout)
    return [entry["id"] for entry in _items(told) if entry["state"] == "cancelled"]


def test_a_run_may_end_within_the_grace(worker):
    run = worker.run("linger", "--seconds", "0.5")
    wait_for(lambda: f"linger[{run}] received" in worker.log, 20, "the start")
    worker.stop()
    assert f"Task linger[{run}] succeeded" in worker.log


def test_a_backlog_is_worked_off_without_messages(worker):
    """A stopped worker hears no messages; the one that starts looks into the ledger."""
    worker.stop()
    runs = [worker.run("double", "--number", str(number)) for number in range(3)]
    with running(worker.site) as second:
        wait_for(lambda: len(second.heard("success")) == 3, 20, "the backlog's end")
        assert {entry[2] for entry in second.heard("success")} == set(runs)


def _items(answer: object) -> list[dict[str, object]]:
    return answer["items"] if isinstance(answer, dict) else answer  # type: ignore[return-value]


def test_a_message_that_names_a_job_becomes_a_run_and_a_plain_task_stays_one(worker):
    run = worker.celery("call", "double", "--args", "[4]").split()[-1]
    wait_for(lambda: worker.heard("success"), 20, "the success")
    assert worker.heard("success") == [["success", "double", run, 8]]
    worker.celery("call", "tests.integration.engine.project.tasks.plain", "--args", "[5]")
    wait_for(lambda: worker.heard("plain"), 20, "the plain task")
    assert worker.heard("plain") == [["plain", "5"]]
