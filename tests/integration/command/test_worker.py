"""`worker`: a process that performs runs until it is told to stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from tests.rig.site import ROOT

pytestmark = pytest.mark.integration


def test_a_worker_performs_runs_and_ends_when_told(new_site):
    with (new_site.data / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "samovar", "worker", "--slots", "1"],
            cwd=ROOT,
            env=new_site._environ(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        done = new_site.manage("samovar", "run", "my_task", "--duration", "0", "--json")
        assert json.loads(done.stdout)["state"] == "succeeded"
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(20)
    assert code == 0, (new_site.data / "worker.log").read_text()


@pytest.mark.parametrize("option", [["--slots", "0"], ["--slots", "x"], ["--loglevel", "loud"]])
def test_a_bad_option_is_refused(new_site, option):
    done = new_site.manage("samovar", "worker", *option, check=False)
    assert done.returncode == 2
    assert option[0] in done.stderr
    assert len(done.stderr.splitlines()) == 1
