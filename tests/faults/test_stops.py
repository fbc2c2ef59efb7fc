"""A worker that is told to stop ends, whatever does not answer it."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.rig import site as sites
from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK
from tests.rig.waiting import wait_for
from tests.rig.worker import running

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]


def test_a_worker_ends_without_its_database_and_its_run_waits_for_another(postgresql):
    at = urlsplit(postgresql)
    cable = Cable(at.port)
    through = postgresql.replace(f":{at.port}/", f":{cable.port}/")
    assert at.hostname == LOOPBACK
    environ = {"SAMOVAR_STOP_GRACE_SECONDS": "1", "SAMOVAR_LEASE_SECONDS": "4"}
    with sites.made(DATABASE_URL=through, **environ) as site:
        with running(site) as worker:
            run = worker.run("my_task", "--duration", "2")
            wait_for(lambda: f"my_task[{run}] received" in worker.log, 20, "the start")
            cable.cut()
            worker.stop()
            assert "could not be handed back" in worker.log
            assert worker.process.returncode == 1
        cable.mend()
        with running(site):
            told = wait_for(lambda: succeeded(site), 60, "another attempt's success")
        assert [one["id"] for one in told] == [run]
    cable.close()


def succeeded(site: sites.Site) -> list[dict[str, object]]:
    told = json.loads(site.manage("samovar", "runs", "--json").stdout)
    return [run for run in told if run["state"] == "succeeded"]
