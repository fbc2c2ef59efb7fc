"""`run` in a process of its own: streams and exit codes, with a worker and without one."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys

import pytest

from tests.rig.site import ROOT
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration


def test_run_prints_the_log_on_stdout_and_ends_with_zero(site):
    done = site.manage("samovar", "run", "long_process", "--num-seconds", "2")
    assert done.stdout == "Running for 0 seconds...\nRunning for 1 seconds...\n"
    assert "Succeeded." in done.stderr


def test_run_in_json_prints_the_run_alone(site):
    done = site.manage("samovar", "run", "my_task", "--duration", "0", "--json")
    assert json.loads(done.stdout)["result"] == "Задача выполнена за 0 секунд!"


@pytest.mark.slow
def test_a_failed_run_ends_with_one(site):
    done = site.manage("samovar", "run", "user_task", "--should-fail", "true", check=False)
    assert done.returncode == 1
    assert "ValueError: An error occurred in user_task" in done.stderr
    assert "Traceback" not in done.stderr.replace("Traceback (most recent call last)", "", 1)


def test_bad_input_ends_with_two_in_a_process_too(new_site):
    done = new_site.manage("samovar", "run", "long_process", "--num-seconds", "0", check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert json.loads(new_site.manage("samovar", "runs", "--json").stdout) == []


@contextlib.contextmanager
def _following(site, *argv):
    """Start `run` on a site that has no worker."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "samovar", "run", *argv],
        cwd=ROOT,
        env=site._environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_leaves_the_run_and_says_how_to_cancel(new_site):
    with _following(new_site, "my_task", "--duration", "1") as process:
        head = process.stderr.readline()
        runs = json.loads(new_site.manage("samovar", "runs", "--json").stdout)
        assert runs[0]["id"] in head
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"samovar cancel {runs[0]['id']}" in err
    assert json.loads(new_site.manage("samovar", "runs", "--json").stdout)[0]["state"] == "queued"


def test_run_says_why_nothing_begins(new_site):
    with _following(new_site, "my_task", "--duration", "1") as process:
        process.stderr.readline()
        assert "worker" in process.stderr.readline()


def test_follow_ends_when_somebody_cancels(new_site):
    with _following(new_site, "my_task", "--duration", "1") as process:
        process.stderr.readline()
        (run,) = json.loads(new_site.manage("samovar", "runs", "--json").stdout)
        new_site.manage("samovar", "cancel", run["id"])
        wait_for(lambda: process.poll() is not None, 20, "the follower to end")
    assert process.returncode == 1
