"""`CELERY_BEAT_SCHEDULE` becomes schedules of the ledger, where our scheduler class is beat's."""

from __future__ import annotations

import datetime as dt

import celery
import pytest
from celery.schedules import crontab, schedule

from samovar import conf
from samovar.engine.celery.takeover import SCHEDULER
from samovar.rhythm import Cron, Every

pytestmark = pytest.mark.integration


class Tide(schedule):
    """A schedule by rules of its own."""


@pytest.fixture
def settle():
    """Give beat's settings to the app."""
    conf_of_app = celery.current_app.conf
    before = {name: conf_of_app[name] for name in ("beat_scheduler", "beat_schedule")}

    def settle_it(entries, scheduler=SCHEDULER):
        conf_of_app.update(beat_scheduler=scheduler, beat_schedule=entries)
        return conf.load("ENGINE").schedules()

    yield settle_it
    conf_of_app.update(before)


def entry(when, task="my_task", **more):
    return {"entry": {"task": task, "schedule": when, **more}}


@pytest.mark.parametrize(
    ("given", "rhythm"),
    [
        (30, Every(30)),
        (30.5, Every(30.5)),
        (dt.timedelta(minutes=5), Every(300)),
        (schedule(run_every=dt.timedelta(minutes=5)), Every(300)),
        (crontab(), Cron("* * * * *")),
        (crontab(minute="*/5"), Cron("*/5 * * * *")),
        (crontab(minute=0, hour="3,9", day_of_week="mon-fri"), Cron("0 3,9 * * mon-fri")),
        (crontab(minute={0, 30}, day_of_month=[1, 15]), Cron("0,30 * 1,15 * *")),
    ],
)
def test_what_celery_calls_a_schedule_becomes_a_rhythm(settle, given, rhythm):
    [found] = settle(entry(given))
    assert found.rhythm == rhythm


def test_arguments_of_a_job_become_its_params(settle):
    [found] = settle(entry(60, args=[3]))
    assert (found.target, found.params, found.is_task) == ("my_task", {"duration": 3}, False)


def test_a_plain_task_keeps_its_call(settle):
    options = {"queue": "mail"}
    [found] = settle(entry(60, task="host.plain", args=[1], kwargs={"b": 2}, options=options))
    assert found.is_task
    assert found.params == {"args": [1], "kwargs": {"b": 2}, "options": options}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (entry(60, args=["many"]), "duration"),
        (entry(60, options={"queue": "x"}), "options (queue)"),
        (entry(Tide(run_every=60)), "Tide"),
        (entry(0), "1 second"),
    ],
)
def test_what_cannot_tick_is_named_and_the_others_do(settle, caplog, entries, words):
    found = settle({**entries, "good": {"task": "my_task", "schedule": 60}})
    assert [one.name for one in found] == ["good"]
    assert words in caplog.text


def test_the_entries_of_another_scheduler_are_left_to_it(settle):
    assert settle(entry(60), scheduler="celery.beat:PersistentScheduler") == []
