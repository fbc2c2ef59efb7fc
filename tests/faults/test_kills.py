"""The kill list: whatever is killed under a running job, nothing of it is left, and the run is
taken up again.
"""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.conftest import LINES, Haul
from tests.faults.tree import Process, Tree, processes_of
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]

GONE_SECONDS = 2.0


def _wait_until_gone(haul: Haul, old: list[Process]) -> None:
    pids = {process.pid for process in old}
    wait_for(
        lambda: not pids & {process.pid for process in processes_of(haul.site.data)},
        GONE_SECONDS,
        f"the end of {old}",
    )


def _assert_log_is_whole(haul: Haul, attempts: int) -> None:
    """Check that the log has no gap and no line twice, and that each attempt's lines begin with
    its first.
    """
    lines = haul.lines()
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["attempt"] for line in lines] == sorted(line["attempt"] for line in lines)
    for attempt in range(1, attempts + 1):
        texts = [
            line["text"]
            for line in lines
            if line["attempt"] == attempt and line["stream"] == "stdout"
        ]
        assert texts == [f"attempt {attempt} line {number}" for number in range(len(texts))]
    assert len(texts) == LINES


def _job_of(tree: Tree) -> list[Process]:
    """Return the runner and what its job has left behind."""
    return tree.of("runner") + [process for process in tree.all if process.name == "sleep"]


@pytest.mark.parametrize("role", ["worker", "template", "keeper", "runner", "steward"])
def test_a_part_is_killed(haul, role):
    """The site goes on by itself, and so does the run."""
    haul.begin()
    tree = haul.tree()
    busy = _busy(tree, role)
    assert len(_job_of(tree)) >= 2
    busy.kill()
    _wait_until_gone(haul, [busy, *_job_of_run(tree)])
    haul.wait_for_success()
    ends = [attempt["state"] for attempt in haul.attempts()]
    assert len(ends) == 2
    assert ends[0] in {"lost", "released"}
    assert ends[1] == "succeeded"
    _assert_log_is_whole(haul, 2)


@pytest.mark.parametrize("role", ["reloader", "serving child"])
def test_the_server_is_killed(haul, role):
    """Nothing of the site is left; the next start takes the run up."""
    haul.begin()
    tree = haul.tree()
    [victim] = tree.of(role)
    victim.kill()
    _wait_until_gone(haul, tree.all)
    _start_again(haul)


def test_all_are_killed_at_once(haul):
    haul.begin()
    tree = haul.tree()
    own = [process for process in tree.all if process.name != "sleep"]
    for process in own:
        process.kill(signal.SIGSTOP)
    for process in own:
        process.kill()
    haul.site.process.wait(5)
    _start_again(haul, left=[process for process in tree.all if process.name == "sleep"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_site_is_stopped(haul, number):
    haul.begin()
    tree = haul.tree()
    assert haul.site.process is not None
    os.kill(haul.site.process.pid, number)
    assert haul.site.process.wait(GONE_SECONDS) == 0
    _wait_until_gone(haul, tree.all)
    _start_again(haul)
    assert haul.attempts()[0]["state"] == "released"


def test_a_change_of_the_code_hands_the_run_back(haul):
    haul.begin()
    tree = haul.tree()
    [child] = tree.of("serving child")
    os.utime(__file__.replace("test_kills.py", "project/tasks.py"))
    wait_for(
        lambda: child.pid not in {process.pid for process in haul.tree().all}, 10, "the reload"
    )
    wait_for(haul.site.is_ready, 30, "the site to be back")
    haul.wait_for_success()
    *before, last = [attempt["state"] for attempt in haul.attempts()]
    assert (set(before), last) == ({"released"}, "succeeded")
    _assert_log_is_whole(haul, len(before) + 1)


def _start_again(haul: Haul, left: list[Process] | None = None) -> None:
    assert haul.site.process is not None
    haul.site.process.wait(5)
    haul.site.start()
    haul.wait_for_success()
    if left:
        _wait_until_gone(haul, left)
    assert len(haul.attempts()) == 2
    _assert_log_is_whole(haul, 2)


def _busy(tree: Tree, role: str) -> Process:
    """Return the process of `role` that the run depends on."""
    if role in {"worker", "template", "steward"}:
        [only] = tree.of(role)
        return only
    runner = _busy_runner(tree)
    return (
        runner
        if role == "runner"
        else next(one for one in tree.of("keeper") if one.pid == runner.parent)
    )


def _busy_runner(tree: Tree) -> Process:
    [sleep] = [process for process in tree.all if process.name == "sleep"]
    return next(runner for runner in tree.of("runner") if runner.pid == sleep.parent)


def _job_of_run(tree: Tree) -> list[Process]:
    return [_busy_runner(tree), *(process for process in tree.all if process.name == "sleep")]
