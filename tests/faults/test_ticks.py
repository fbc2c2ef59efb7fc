"""Schedules tick once each, however many processes look at them and whichever is killed."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator

import psycopg
import pytest
import redis

from samovar import clock
from tests.rig import site as sites
from tests.rig.site import ROOT, Site
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]

EVERY = 1
MAKE = f"""
from samovar import clock
from samovar.models import Schedule
one = Schedule(name="beat", job="user_task", params={{"should_fail": False}}, every={EVERY}.0,
    overlap="queue")
one.next_at = one.tick_after(clock.now())
one.save()
"""
TOLD = """
import json
from samovar.models import Run, Tick
ticks = list(Tick.objects.filter(schedule__name__in=["beat", "plain"]).order_by("at"))
print(json.dumps({
    "at": [tick.at.timestamp() for tick in ticks],
    "outcomes": sorted({tick.outcome for tick in ticks}),
    "runs": Run.objects.filter(job="user_task").count(),
    "runs_of_ticks": len({tick.run_id for tick in ticks}),
}))
"""

TICKS = """
select tick.at, outcome, run_id from samovar_tick tick
join samovar_schedule schedule on schedule.id = tick.schedule_id where schedule.name = 'beat'
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request) -> Iterator[Site]:
    environ = {"SAMOVAR_SCHEDULES": "1"}
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("postgresql")
    with sites.made(**environ) as site:
        yield site


@contextlib.contextmanager
def process(site: Site, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process beside the site, which is killed at the end."""
    with (site.data / "processes.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env=site._environ(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait(20)


def beat(site: Site, name: str) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    pid = site.data / f"{name}.pid"
    argv = ("beat", "-l", "info", "--pidfile", str(pid))
    return process(site, "-m", "celery", "-A", "config", *argv)


def worker(site: Site) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return process(site, "manage.py", "samovar", "worker", "--queues", "none")


def ask(site: Site, sql: str) -> list[tuple]:
    if url := site.environ.get("DATABASE_URL"):
        with psycopg.connect(url) as ledger:
            return ledger.execute(sql).fetchall()
    with contextlib.closing(sqlite3.connect(site.data / "db.sqlite3")) as ledger:
        return ledger.execute(sql).fetchall()


def leader(site: Site) -> int:
    """Return the process id of the worker that leads; 0 when its row is gone."""
    pids = {
        uuid.UUID(str(key)): pid for key, pid in ask(site, "select id, pid from samovar_worker")
    }
    led = ask(site, "select worker_id from samovar_leader")
    return pids.get(uuid.UUID(str(led[0][0])), 0) if led else 0


def ticks(site: Site) -> dict[dt.datetime, tuple[str, str]]:
    """Return the ticks that are kept: what came of each, and its run."""
    rows = ask(site, TICKS)
    return {
        dt.datetime.fromisoformat(str(at)).replace(tzinfo=None): (outcome, str(run))
        for at, outcome, run in rows
    }


def end(one: subprocess.Popen[bytes]) -> None:
    os.killpg(one.pid, signal.SIGKILL)
    one.wait(20)


def told(site: Site) -> dict:
    return json.loads(site.manage("shell", "-v", "0", "-c", TOLD).stdout)


def said(site: Site) -> str:
    return (site.data / "processes.log").read_text()


def had(site: Site) -> int:
    """Return the ticks that the beats have printed."""
    return said(site).count("Scheduler: Tick of beat: user_task[")


def assert_each_once(found: dict) -> None:
    first, last = found["at"][0], found["at"][-1]
    assert found["at"] == [first + EVERY * n for n in range(round((last - first) / EVERY) + 1)]
    assert found["outcomes"] == ["started"]
    assert found["runs"] == found["runs_of_ticks"] == len(found["at"])


def test_two_beats_have_each_tick_once_and_one_alone_goes_on(site):
    site.manage("shell", "-v", "0", "-c", MAKE)
    with beat(site, "first") as first, beat(site, "second"):
        wait_for(lambda: had(site) >= 3, 60, "three ticks")
        os.killpg(first.pid, signal.SIGKILL)
        before = had(site)
        wait_for(lambda: had(site) >= before + 3, 60, "three ticks of one beat")
    found = told(site)
    assert_each_once(found)
    assert had(site) == len(found["at"])


PLAIN = """
from config.settings import *
CELERY_BEAT_SCHEDULE = {"plain": {"task": "host.plain", "schedule": 1.0, "args": [7]}}
"""


def test_a_plain_task_of_celery_s_settings_is_sent_by_one_of_two_beats(redis_server):
    with sites.made(CELERY_BROKER_URL=redis_server) as site:
        (site.data / "host_settings.py").write_text(PLAIN)
        site.environ |= {
            "DJANGO_SETTINGS_MODULE": "host_settings",
            "PYTHONPATH": str(site.data),
        }
        with redis.Redis.from_url(redis_server) as broker:
            broker.delete("samovar.default")
            with beat(site, "first"), beat(site, "second"):
                wait_for(lambda: broker.llen("samovar.default") >= 3, 60, "three messages")
            sent = broker.llen("samovar.default")
            message = json.loads(broker.lindex("samovar.default", 0))
            broker.delete("samovar.default")
        assert message["headers"]["task"] == "host.plain"
        assert json.loads(base64.b64decode(message["body"]))[0] == [7]
        found = told(site)
    assert found["outcomes"] == ["sent"]
    assert len(found["at"]) - 1 <= sent <= len(found["at"])


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_ten_minutes_of_two_beats_and_three_workers_whose_leader_is_killed(site):
    site.manage("shell", "-v", "0", "-c", MAKE)
    beats, workers, killed = {}, {}, []
    seen: dict[dt.datetime, tuple[str, str]] = {}
    with contextlib.ExitStack() as stack:
        until = clock.now() + dt.timedelta(minutes=10)
        for name in itertools.cycle(("first", "second", "both")):
            for missing in {"first", "second"} - beats.keys():
                beats[missing] = stack.enter_context(beat(site, missing))
            while len(workers) < 3:
                one = stack.enter_context(worker(site))
                workers[one.pid] = one
            led = wait_for(lambda: workers.get(leader(site)), 120, "a worker to lead")
            wait_for(lambda: len(ticks(site).keys() - seen.keys()) >= 8, 120, "eight more ticks")
            found = ticks(site)
            assert all(seen[at] == found[at] for at in seen.keys() & found.keys())
            seen.update(found)
            if clock.now() > until:
                break
            end(workers.pop(led.pid))
            killed.append(led.pid)
            for victim in ("first", "second") if name == "both" else (name,):
                end(beats.pop(victim))
    seen.update(ticks(site))
    print(f"{len(seen)} ticks, {len(killed)} leaders killed")
    assert len(seen) >= 590
    assert len(killed) >= 15
    first = min(seen)
    assert sorted(seen) == [first + dt.timedelta(seconds=n) for n in range(len(seen))]
    assert {outcome for outcome, _run in seen.values()} == {"started"}
    assert len({run for _outcome, run in seen.values()}) == len(seen)
    [[runs]] = ask(site, "select count(*) from samovar_run where job = 'user_task'")
    assert runs == len(seen)
