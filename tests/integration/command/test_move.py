"""`move`: an embedded site's history goes on in another database."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.rig import site as sites
from tests.rig.site import Site
from tests.rig.waiting import wait_for
from tests.rig.worker import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PERSON = "from django.contrib.auth.models import User; who = User.objects.create_user('{name}');"
SUBMIT = """
from samovar.models import Run
from showcase.tasks import long_process, my_task
long_process.submit(num_seconds=1), my_task.submit(duration=0)
Run.objects.update(owner=who)
"""
ONCE = """
from django.contrib.auth.models import User
from samovar.runtime.once import submit_once
from samovar.runtime.submit import submit
from showcase.tasks import my_task
caller = str(User.objects.get(username="ann").pk)
task = lambda: submit(my_task, {"duration": 0})
print(submit_once(task, caller=caller, key="tea", fingerprint="green").pk)
"""


@pytest.fixture
def old(new_site: Site) -> Site:
    """Give an embedded site with a history: two runs that have ended, and one that waits."""
    new_site.manage("shell", "-c", PERSON.format(name="ann") + SUBMIT)
    with running(new_site) as worker:
        wait_for(lambda: worker.log.count(" succeeded in ") == 2, 30, "both runs' ends")
        worker.stop()
    new_site.manage("shell", "-c", ONCE)
    return new_site


@pytest.fixture
def new(postgresql: str) -> Iterator[Site]:
    with sites.made(DATABASE_URL=postgresql) as site:
        yield site


def test_history_ids_logs_and_what_waits_go_along(old, new):
    new.manage("shell", "-c", PERSON.format(name="bob"))
    first = new.manage("samovar", "move", "--from", str(old.data), "--json")
    again = new.manage("samovar", "move", "--from", f"sqlite:///{old.data}/db.sqlite3", "--json")

    assert json.loads(first.stdout)["runs"] == 3
    assert set(json.loads(again.stdout).values()) == {0}
    told = _runs(new)
    assert [_without_owner(run) for run in told] == [_without_owner(run) for run in _runs(old)]
    assert [run["state"] for run in told] == ["queued", "succeeded", "succeeded"]
    assert told[0]["owner"] is None
    assert told[1]["owner"] == told[2]["owner"] not in {None, "1"}  # ann came after bob here
    counted = next(str(run["id"]) for run in told if run["job"] == "long_process")
    assert "Running for 0 seconds..." in new.manage("samovar", "log", counted).stdout
    assert new.manage("shell", "-c", ONCE).stdout.split()[-1] == told[0]["id"]

    with running(new) as worker:
        waiting = told[0]["id"]
        wait_for(lambda: f"my_task[{waiting}] succeeded" in worker.log, 30, "what waited to run")


def test_a_source_that_lives_or_is_not_there_is_refused(site, new_site, tmp_path):
    lives = new_site.manage("samovar", "move", "--from", str(site.data), check=False)
    absent = new_site.manage("samovar", "move", "--from", str(tmp_path), check=False)
    itself = new_site.manage("samovar", "move", "--from", str(new_site.data), check=False)

    assert [done.returncode for done in (lives, absent, itself)] == [2, 2, 2]
    assert "Stop the site" in lives.stderr
    assert "there is no database at" in absent.stderr
    assert "this very database" in itself.stderr


def _runs(site: Site) -> list[dict[str, object]]:
    told: list[dict[str, object]] = json.loads(site.manage("samovar", "runs", "--json").stdout)
    return told


def _without_owner(run: dict[str, object]) -> dict[str, object]:
    """Leave out the one thing whose key is another in each database."""
    return {name: value for name, value in run.items() if name != "owner"}
