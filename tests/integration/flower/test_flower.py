"""What Flower tells of runs, and to whom."""

from __future__ import annotations

import json

import pytest

from tests.rig.waiting import wait_for

pytestmark = pytest.mark.slow  # its site has a ledger of its own: once is enough


def _task(flower, run: str, *states: str) -> dict:
    """Return what Flower knows of a run, once it is in one of `states`."""

    def known() -> dict | None:
        status, body = flower.ask(f"/api/task/info/{run}")
        told = json.loads(body) if status == 200 else {}
        return told if told.get("state") in states else None

    return wait_for(known, 20, f"Flower to see {states}")


@pytest.mark.parametrize("path", ["/", "/workers", "/tasks", "/broker", "/api/workers"])
def test_nobody_enters_without_the_password(flower, path):
    assert flower.ask(path, login="")[0] == 401
    assert flower.ask(path, login="tea:lemon")[0] == 401
    assert flower.ask(path)[0] == 200


def test_a_run_is_a_task_by_its_id_and_its_jobs_name(flower):
    run = flower.run("double", "--number", "21")
    task = _task(flower, run, "SUCCESS")
    assert (task["uuid"], task["name"], task["result"]) == (run, "double", "42")
    assert task["kwargs"] == "{'number': 21}"
    assert task["worker"].startswith("kettle@")


def test_a_failure_has_its_error_and_traceback(flower):
    task = _task(flower, flower.run("break_down"), "FAILURE")
    assert task["exception"] == "LookupError('no such tea')"
    assert 'raise LookupError("no such tea")' in task["traceback"]


def test_its_revoke_cancels_the_run(flower):
    run = flower.run("linger", "--seconds", "60")
    _task(flower, run, "STARTED")
    status, _body = flower.ask(f"/api/task/revoke/{run}?terminate=true", method="POST")
    assert status == 200
    _task(flower, run, "REVOKED")
    wait_for(lambda: "cancelled" in flower.states(), 10, "the end of the run")


def test_its_page_of_the_broker_has_our_queues(flower):
    assert "samovar.default" in flower.ask("/broker")[1]
