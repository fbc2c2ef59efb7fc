"""Nothing is left: whatever ends first, a job's processes end, those that want to get away too."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from samovar import brand
from samovar.runner.supervisor import Supervisor
from samovar.runner.template import TemplateGone
from samovar.types import Outcome
from tests.integration.runner.rig import Performance
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults


def grandchild_of(attempt: Performance) -> int:
    wait_for(lambda: attempt.heard.texts, message="the grandchild's id")
    return int(attempt.heard.texts[0])


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("return", Outcome.SUCCEEDED), ("raise", Outcome.FAILED), ("exit", Outcome.LOST)],
)
def test_an_end_takes_grandchildren_along(perform, how, outcome):
    attempt = perform("leave_grandchild", how=how)

    assert attempt.ending().outcome is outcome
    assert not brand.is_alive(grandchild_of(attempt))
    assert not brand.find_branded(attempt.assignment.brand)


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ("cancel", Outcome.CANCELLED),
        ("fence", Outcome.FENCED),
        ("timeout", Outcome.TIMED_OUT),
        ("kill", Outcome.LOST),
        ("stop and kill", Outcome.LOST),
    ],
)
def test_a_kill_takes_grandchildren_along(perform, supervisor, order, outcome):
    limits = {"timeout": 1.0} if order == "timeout" else {}
    attempt = perform("leave_grandchild", how="wait", **limits)
    grandchild = grandchild_of(attempt)
    if order == "stop and kill":
        os.kill(attempt.pid, signal.SIGSTOP)
    if "kill" in order:
        os.kill(attempt.pid, signal.SIGKILL)
    elif not limits:
        getattr(supervisor, order)()

    assert attempt.ending().outcome is outcome
    assert not brand.is_alive(grandchild)
    assert not brand.find_branded(attempt.assignment.brand)


def test_a_stopped_runner_is_killed(perform, supervisor):
    attempt = perform("wait")
    attempt.heard.wait_for("waiting")
    os.kill(attempt.pid, signal.SIGSTOP)
    supervisor.fence()

    assert attempt.ending(2).outcome is Outcome.FENCED
    assert not brand.is_alive(attempt.pid)


def test_a_killed_keeper_is_replaced(perform, supervisor):
    attempt = perform("leave_grandchild", how="wait")
    grandchild = grandchild_of(attempt)
    os.kill(supervisor._keeper.pid, signal.SIGKILL)
    ending = attempt.ending()

    assert ending.outcome is Outcome.LOST
    assert str(attempt.pid) in ending.reason
    assert not brand.is_alive(attempt.pid)
    assert not brand.is_alive(grandchild)
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_an_idle_runner_or_keeper_that_dies_is_replaced(perform, supervisor):
    first = perform("pid")
    first.ending()
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: not brand.is_alive(first.pid))
    second = perform("pid")
    assert second.ending().outcome is Outcome.SUCCEEDED

    os.kill(supervisor._keeper.pid, signal.SIGKILL)
    wait_for(lambda: not brand.is_alive(second.pid))
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_keepers_shrug_at_what_a_terminal_sends(perform, supervisor, shared_template):
    attempt = perform("wait", seconds=0.5)
    attempt.heard.wait_for("waiting")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(supervisor._keeper.pid, number)
        os.kill(shared_template.pid, number)

    assert attempt.ending().outcome is Outcome.SUCCEEDED


def test_a_killed_template_takes_all_along(own_template):
    supervisor = Supervisor(own_template)
    attempt = Performance(supervisor, "leave_grandchild", how="wait")
    grandchild = grandchild_of(attempt)
    keeper = supervisor._keeper.pid
    assert own_template.alive()
    os.kill(own_template.pid, signal.SIGKILL)

    assert attempt.ending().outcome is Outcome.LOST
    assert not any(map(brand.is_alive, (attempt.pid, grandchild)))
    wait_for(lambda: not brand.is_alive(keeper))
    assert not own_template.alive()
    with pytest.raises(TemplateGone, match="Restart the worker"):
        supervisor.prepare()
    supervisor.close()


def test_a_recorder_that_fails_leaves_no_job_behind(perform):
    attempt = perform("interrupted_writes")
    attempt.heard.wait_for("waiting")
    attempt.heard.lines = None

    with pytest.raises(TypeError):
        attempt.ending()
    wait_for(lambda: not brand.is_alive(attempt.pid))
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


@dataclass
class Tree:
    worker: int
    template: int
    keeper: int
    runner: int
    grandchild: int
    brand: int
    lock: Path

    @property
    def pids(self) -> list[int]:
        return [self.worker, self.template, self.keeper, self.runner, self.grandchild]

    @property
    def is_locked(self) -> bool:
        with self.lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.runner.worker", str(lock)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        pids = map(int, process.stdout.readline().split())
        yield Tree(*pids, lock=lock)
        process.kill()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_killed_worker_leaves_nothing(tree, stopped):
    assert tree.is_locked
    if stopped:
        os.kill(tree.runner, signal.SIGSTOP)
    os.kill(tree.worker, signal.SIGKILL)

    wait_for(lambda: not tree.is_locked, 5)
    # The free lock says that all of it is gone.
    assert not any(map(brand.is_alive, tree.pids))


def test_worker_and_template_killed_at_once_leave_nothing(tree):
    os.kill(tree.template, signal.SIGKILL)
    os.kill(tree.worker, signal.SIGKILL)

    wait_for(lambda: not tree.is_locked, 5)
    assert not any(map(brand.is_alive, tree.pids))


def test_what_escapes_when_all_are_killed_is_found_by_its_brand(tree):
    # Else the worker may sweep between its keeper's end and its own.
    os.kill(tree.worker, signal.SIGSTOP)
    for pid in (tree.keeper, tree.template, tree.worker):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not tree.is_locked, 5)
    wait_for(lambda: not brand.is_alive(tree.runner), 5)
    assert tree.grandchild in brand.find_branded(tree.brand)

    assert brand.sweep_brand(tree.brand)
    assert not brand.is_alive(tree.grandchild)
    assert not brand.find_branded(tree.brand)


@pytest.fixture
def freezer() -> Iterator[Path]:
    """Give a control group whose frozen processes not even SIGKILL ends before they thaw."""
    folder = Path(f"/sys/fs/cgroup/freezer/samovar-test-{os.getpid()}")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("freezing needs root and the freezer of control groups, version 1")
    yield folder
    (folder / "freezer.state").write_text("THAWED")
    wait_for(lambda: not (folder / "cgroup.procs").read_text(), message="the group to be empty")
    folder.rmdir()


@pytest.mark.parametrize("which", ["runner", "grandchild", "grandchild of a killed keeper"])
def test_what_cannot_be_killed_keeps_its_run(perform, freezer, monkeypatch, which):
    """While anything of an attempt is left, nobody may say that it has ended."""
    monkeypatch.setattr("samovar.runner.supervisor.SWEEP_SECONDS", 0.3)
    attempt = perform("leave_grandchild", how="stay")
    grandchild = grandchild_of(attempt)
    frozen = attempt.pid if which == "runner" else grandchild
    (freezer / "cgroup.procs").write_text(str(frozen))
    (freezer / "freezer.state").write_text("FROZEN")
    if which == "grandchild of a killed keeper":
        os.kill(attempt.supervisor._keeper.pid, signal.SIGKILL)
    else:
        attempt.supervisor.release("The worker stops.")

    wait_for(lambda: attempt.heard.streams("system"), 20, "the complaint")
    assert f"cannot be killed (process {frozen})" in attempt.heard.streams("system")[0]
    assert attempt._ending is None

    (freezer / "freezer.state").write_text("THAWED")
    assert attempt.ending().outcome in {Outcome.RELEASED, Outcome.LOST}
    assert not brand.find_branded(attempt.assignment.brand)
    assert len(attempt.heard.streams("system")) == 1
