"""The engine for tests: a submitted run is performed in this process."""

from __future__ import annotations

import pytest

from samovar import job
from samovar.exceptions import Cancelled, SoftTimeout
from samovar.models import Run
from samovar.runtime import lines
from samovar.testing import inline
from showcase.tasks import long_process, my_task, user_task

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def performed_here():
    with inline():
        yield


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    monkeypatch.setattr("showcase.tasks.sleep", lambda _: None)


def _ended(run: Run) -> Run:
    found = Run.objects.get(pk=run.id)
    assert found.is_final
    return found


def test_a_run_is_performed_and_its_log_kept():
    run = _ended(long_process.submit(num_seconds=2))
    assert run.state == "succeeded"
    texts = [line.text for line in lines.read(run.id, after=0, limit=10)[0]]
    assert texts == ["Running for 0 seconds...", "Running for 1 seconds..."]
    assert run.progress_percent == 100


def test_the_result_is_kept():
    assert "3" in _ended(my_task.submit(3)).result


def test_an_error_is_kept():
    run = _ended(user_task.submit(should_fail=True))
    assert run.state == "failed"
    assert run.error == {"type": "ValueError", "message": "An error occurred in user_task"}
    assert "user_task" in run.traceback


@pytest.mark.parametrize(
    ("error", "state"),
    [(Cancelled(), "cancelled"), (SoftTimeout(), "failed"), (SystemExit(3), "failed")],
)
def test_a_job_that_ends_itself_leaves_no_run_behind(error, state):
    @job(name="ends_itself")
    def ends_itself() -> None:
        raise error

    assert _ended(ends_itself.submit()).state == state
