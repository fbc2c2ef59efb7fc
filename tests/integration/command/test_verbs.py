"""The verbs that look at what is there, and change it."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from samovar import clock
from samovar.models import Chunk, Queue, Run, Source
from samovar.types import Batch

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _said(*argv: str) -> str:
    out = io.StringIO()
    call_command("samovar", *argv, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def run():
    run = Run.objects.create(job="my_task", state="succeeded", params={"duration": 1})
    lines = [f"line {number}" for number in range(1, 2501)]
    Chunk.pack(run.pk, 1, 1, [Batch(clock.now().timestamp(), "stdout", "info", lines)]).save()
    Run.objects.update(log_lines=2500)
    return run


def test_list_names_the_jobs():
    assert "long_process" in _said("list")
    jobs = {job["name"]: job for job in json.loads(_said("list", "--json"))}
    assert jobs["long_process"]["params"]["required"] == ["num_seconds"]


def test_json_may_stand_before_the_verb():
    assert json.loads(_said("--json", "list")) == json.loads(_said("list", "--json"))


def test_runs_show_whole_ids(run):
    assert str(run.pk) in _said("runs")
    assert [shown["id"] for shown in json.loads(_said("runs", "--json"))] == [str(run.pk)]
    assert json.loads(_said("runs", "--json", "--state", "failed")) == []


@pytest.mark.parametrize("more", [[], ["--follow"]])
def test_log_prints_every_line_once(run, more):
    assert _said("log", str(run.pk), *more).splitlines() == [f"line {n}" for n in range(1, 2501)]


def test_log_begins_behind_a_line_and_speaks_json(run):
    lines = _said("log", str(run.pk), "--after", "2499", "--json").splitlines()
    assert [json.loads(line)["n"] for line in lines] == [2500]


def test_a_waiting_run_is_cancelled():
    run = Run.objects.create(job="my_task", state="queued")
    assert json.loads(_said("cancel", str(run.pk), "--json"))["state"] == "cancelled"
    with pytest.raises(SystemExit) as left:
        _said("cancel", str(run.pk))
    assert left.value.code == 1


def test_again_prints_the_new_id(run):
    new = Run.objects.get(pk=_said("again", str(run.pk)).strip())
    assert new.again_of == run
    assert new.source == Source.COMMAND
    assert new.params == run.params


def test_a_queue_is_paused_and_resumed():
    assert json.loads(_said("queues", "pause", "default", "--json"))[0]["paused"]
    assert Queue.paused() == ["default"]
    assert "paused" in _said("queues")
    _said("queues", "resume", "default")
    assert Queue.paused() == []


def test_the_options_of_a_job_are_shown():
    shown = _said("run", "long_process", "--help")
    assert "--num-seconds" in shown
    assert "How many seconds the process works." in shown


def test_queues_tell_what_waits_and_what_runs(run):
    Run.objects.create(job="my_task", state="queued", queue="slow")
    Run.objects.create(job="my_task", state="running", queue="slow")
    Run.objects.create(job="my_task", state="cancelling", queue="fast")
    told = {queue["name"]: queue for queue in json.loads(_said("queues", "--json"))}
    assert told.keys() == {"default", "slow", "fast"}
    assert (told["slow"]["queued"], told["slow"]["running"]) == (1, 1)
    assert 0 <= told["slow"]["oldest_seconds"] < 60
    assert (told["fast"]["queued"], told["fast"]["oldest_seconds"]) == (0, None)
    assert told["fast"]["running"] == 1
    assert "slow" in _said("queues")
