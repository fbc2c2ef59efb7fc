"""What a job may throw at its supervisor, and what a quiet one costs."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Sequence

import pytest

from samovar import brand
from samovar.types import Batch, Outcome
from tests.integration.runner.rig import Heard
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults


class Stuck(Heard):
    """A recorder that waits for its database."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waiting = threading.Event()
        self.go_on = threading.Event()

    def lines(self, batches: Sequence[Batch]) -> None:
        self.is_waiting.set()
        self.go_on.wait(30)
        super().lines(list(batches))


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        (lambda supervisor: supervisor.fence(), Outcome.FENCED),
        (lambda supervisor: supervisor.release("stops"), Outcome.RELEASED),
    ],
    ids=["fence", "release"],
)
def test_a_stuck_recorder_does_not_save_a_job(perform, supervisor, order, outcome):
    attempt = perform("leave_grandchild", how="wait", heard=Stuck())
    assert attempt.heard.is_waiting.wait(10)
    order(supervisor)

    wait_for(lambda: not brand.is_alive(attempt.pid))
    wait_for(lambda: not brand.find_branded(attempt.assignment.brand))
    attempt.heard.go_on.set()
    assert attempt.ending().outcome is outcome
    assert len(attempt.heard.texts) == 1


def test_a_quiet_job_wakes_its_supervisor_ten_times_a_second(perform):
    attempt = perform("wait", seconds=1.0)
    assert attempt.ending().outcome is Outcome.SUCCEEDED

    assert attempt.usage.ru_nvcsw < 30
    assert attempt.usage.ru_utime < 0.3


def test_closed_streams_are_listened_to_no_more(perform):
    attempt = perform("close_streams", seconds=1.0)

    assert attempt.ending().outcome is Outcome.SUCCEEDED
    assert attempt.usage.ru_utime + attempt.usage.ru_stime < 0.5
    assert perform("pid").pid != attempt.pid


@pytest.mark.parametrize("opens", [False, True])
def test_a_job_that_closes_all_is_lost_and_hurts_nobody(perform, tmp_path, opens):
    path = tmp_path / "file"
    attempt = perform("close_all", opens=str(path) if opens else "")
    ending = attempt.ending()

    assert ending.outcome is Outcome.LOST
    assert any("closed descriptors that it did not open" in text for text in attempt.heard.texts)
    assert not opens or path.read_bytes() == b""
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_large_params_and_results_pass(perform):
    text = "ю" * 5_000_000
    attempt = perform("echo", text=text)

    assert json.loads(attempt.ending(60).result) == text


def test_a_runner_that_died_before_it_was_told_anything(perform):
    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not brand.is_alive(pid))

    for params in ({"text": ""}, {"text": "x" * 1_000_000}):
        ending = perform("echo", prepared=kill, **params).ending()
        assert ending.outcome is Outcome.LOST
        assert "SIGKILL" in ending.reason


def test_a_flood_of_checkpoints_keeps_nobody_from_ending_it(perform, supervisor):
    assert perform("spin_checkpoints_for_ever", timeout=0.5).ending().outcome is Outcome.TIMED_OUT
    attempt = perform("spin_checkpoints_for_ever")
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED


def test_a_flood_that_is_left_behind_ends(perform):
    attempt = perform("leave_writer")
    ending = attempt.ending()

    assert ending.outcome is Outcome.SUCCEEDED
    assert not brand.is_alive(int(ending.result))
    assert set(attempt.heard.texts[:-1]) <= {"y"}
