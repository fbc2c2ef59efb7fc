"""A job that forks without end takes what its worker may have, and no more."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.test_unruly import Served
from tests.rig import site as sites
from tests.rig.ports import answers
from tests.rig.waiting import wait_for
from tests.rig.worker import running

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]

MOST = 70
"""Processes and threads; a worker of two slots needs about twenty."""
ENTER = """
import os, sys
open(sys.argv[1], "w").write(str(os.getpid()))
os.execv(sys.executable, [sys.executable, "manage.py", "samovar", "worker"])
"""


@pytest.fixture
def room() -> Iterator[Path]:
    """Give the folder of a control group that holds MOST processes."""
    folder = Path(f"/sys/fs/cgroup/pids/samovar-test-{os.getpid()}")
    try:
        folder.mkdir()
        (folder / "pids.max").write_text(str(MOST))
    except OSError:
        pytest.skip("this machine lets nobody bound processes by a control group")
    yield folder

    def empty() -> bool:
        for pid in map(int, (folder / "cgroup.procs").read_text().split()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not (folder / "cgroup.procs").read_text()

    wait_for(empty, message="the group to be empty")
    folder.rmdir()


def test_others_go_on_and_nothing_of_it_is_left(room):
    def used() -> int:
        return int((room / "pids.current").read_text())

    environ = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.unruly.settings",
        "SAMOVAR_EMBEDDED_WORKER": "0",
        "SAMOVAR_CANCEL_GRACE_SECONDS": "0.5",
    }
    into = ("-c", ENTER, str(room / "cgroup.procs"))
    with sites.made(**environ) as site:
        site.start("--noreload", until=lambda: answers(site.port))
        served = Served(site)
        with running(site, command=into):
            bomb = served.start("fork_without_end", {})
            wait_for(lambda: used() == MOST, 60, "the bomb to have taken all")
            other = served.start("value", {"kind": "good"})
            assert served.end(other)["state"] == "succeeded"

            served.cancel(bomb)
            assert served.end(bomb)["state"] == "cancelled"
            assert used() < MOST / 2
            last = served.start("value", {"kind": "good"})
            assert served.end(last)["state"] == "succeeded"
