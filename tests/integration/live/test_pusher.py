"""The pusher: what it tells, and that no run waits for it."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time

import pytest

from samovar import transactions
from samovar.live.centrifugo import Api, Message, socket_url, token
from samovar.live.pusher import Pusher
from samovar.live.told import Told
from samovar.models import Chunk, Counter, Run, RunState
from samovar.models.fields import uuid7
from samovar.runtime import events, tally
from samovar.runtime.events import RunMoved, RunSaid, RunStarted
from samovar.types import Batch
from tests.rig import centrifugo, websocket
from tests.rig.loop import run_in_a_loop
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def database(transactional_db):
    """Let the pusher's thread see what a test writes."""


@pytest.fixture
def server():
    with centrifugo.running(centrifugo.command(), origins=[]) as server:
        yield server


@pytest.fixture
def pusher(server):
    pusher = Pusher(Api(server.url, server.api_key))
    yield pusher
    pusher.stop(5)


@pytest.fixture
def run():
    return Run.objects.create(job="talk", state="running", attempt=1, token=uuid7())


def say(run: Run, *texts: str, attempt: int = 1) -> RunSaid:
    run.refresh_from_db()
    batch = Batch(time.time(), "stdout", "info", list(texts))
    Chunk.pack(run.pk, attempt, run.log_lines + 1, [batch]).save()
    lines = run.log_lines + len(texts)
    Run.objects.filter(pk=run.pk).update(log_lines=lines, version=run.version + 1)
    return RunSaid(run.pk, run.job, attempt, 0)


def move(run: Run, state: str, **columns: object) -> RunMoved:
    run.refresh_from_db()
    Run.objects.filter(pk=run.pk).update(state=state, version=run.version + 1, **columns)
    return RunMoved(run.pk, run.job, run.attempt, 0, state=RunState(state))


def started(run: Run, attempt: int = 1, after: int = 0) -> RunStarted:
    return RunStarted(run.pk, run.job, attempt, after)


class Page:
    """Somebody who listens to a run over Centrifugo."""

    def __init__(self, server, run) -> None:
        self.told: list[dict] = []
        self._is_there = threading.Event()
        thread = threading.Thread(
            target=run_in_a_loop, args=[lambda: self._listen(server, run)], daemon=True
        )
        thread.start()
        assert self._is_there.wait(10)

    async def _listen(self, server, run):
        permit = token("", [f"run:{run.pk}"], key=server.secret, now=dt.datetime.now(dt.UTC))
        socket = await websocket.connect(socket_url(server.url))
        await socket.send(json.dumps({"token": permit}))
        await socket.receive()
        self._is_there.set()
        try:
            while True:
                frame = json.loads(await socket.receive())
                if "pub" in frame:
                    self.told.append(frame["pub"]["data"])
        except websocket.Closed:
            pass

    @property
    def texts(self) -> list[str]:
        logs = [each["data"]["lines"] for each in self.told if each["event"] == "log"]
        return [line["text"] for lines in logs for line in lines]

    @property
    def states(self) -> list[str]:
        return [each["data"]["state"] for each in self.told if each["event"] == "state"]


def test_a_run_is_told_from_its_start_to_its_end(server, pusher, run):
    page = Page(server, run)
    pusher.hear(started(run))
    pusher.hear(say(run, "one", "two"))
    wait_for(lambda: page.texts == ["one", "two"])
    pusher.hear(say(run, "three"))
    pusher.hear(move(run, "succeeded", result=3))
    wait_for(lambda: page.states[-1:] == ["succeeded"])
    assert page.texts == ["one", "two", "three"]
    assert page.states == ["running", "succeeded"]
    assert page.told[-1]["id"] == 3
    assert page.told[-1]["data"]["result"] == 3


def test_an_end_that_is_heard_of_again_is_not_told_again(server, pusher, run):
    page = Page(server, run)
    pusher.hear(started(run))
    pusher.hear(say(run, "one"))
    end = move(run, "succeeded")
    for _ in range(3):
        pusher.hear(end)
        assert pusher.drain(10)
    wait_for(lambda: page.states[-1:] == ["succeeded"])
    other = Run.objects.create(job="talk", state="cancelled")
    last = Page(server, other)
    pusher.hear(RunMoved(other.pk, "talk", 0, 0, state=RunState.CANCELLED))
    wait_for(lambda: last.states == ["cancelled"])
    assert page.texts == ["one"]
    assert page.states.count("succeeded") == 1


def test_while_centrifugo_is_away_nobody_waits_and_the_end_is_told_afterwards(server, run):
    with centrifugo.running(centrifugo.command(), origins=[]) as away:
        pass
    pusher = Pusher(Api(away.url, away.api_key))
    before = events.lost()
    pusher.hear(started(run))
    pusher.hear(say(run, "one"))
    wait_for(lambda: events.lost() > before)
    with centrifugo.running(centrifugo.command(), origins=[], like=away) as back:
        page = Page(back, run)
        pusher.hear(say(run, "two"))
        pusher.hear(move(run, "failed"))
        wait_for(lambda: page.states[-1:] == ["failed"], 20)
        assert page.told[-1]["event"] == "state"
        assert page.told[-1]["id"] == 2
        pusher.stop(5)


@pytest.mark.parametrize("has_tally", [False, True])
def test_what_a_process_lost_is_counted_once(run, has_tally):
    with centrifugo.running(centrifugo.command(), origins=[]) as away:
        pass
    counts = tally.Tally()
    if has_tally:
        counts.open()
    pusher, before = Pusher(Api(away.url, away.api_key)), events.lost()
    pusher.hear(started(run))
    pusher.hear(move(run, "cancelled"))
    wait_for(lambda: events.lost() > before)

    def is_counted() -> bool:
        if has_tally:
            with transactions.write():
                counts.write()
        found = Counter.objects.filter(name=tally.LOST).first()
        return found is not None and found.value == events.lost() - before

    try:
        wait_for(is_counted)
    finally:
        counts.close()
        pusher.stop(0)


def test_a_frozen_centrifugo_holds_nobody_up(server, pusher, run):
    page = Page(server, run)
    server.freeze()
    pusher.hear(started(run))
    for number in range(50):
        pusher.hear(say(run, str(number)))
    pusher.hear(move(run, "succeeded"))
    assert not pusher.drain(0.2)
    server.thaw()
    wait_for(lambda: page.states[-1:] == ["succeeded"], 20)
    assert page.told[-1]["id"] == 50


def test_an_app_s_message_is_sent_as_it_is(server, pusher, run):
    page = Page(server, run)
    pusher.send(Message.of(f"run:{run.pk}", "message", 7, {"text": "\ud800 ☕"}))
    wait_for(lambda: page.told)
    assert page.told == [{"event": "message", "id": 7, "data": {"text": "? ☕"}}]


def test_what_another_worker_tells_is_left_to_it(run):
    told = Told(started(run))
    say(run, "mine")
    Run.objects.filter(pk=run.pk).update(attempt=2)
    say(run, "theirs", attempt=2)
    found = list(told.news(run.refresh()))
    assert [line["text"] for each in found for line in each.data["lines"]] == ["mine"]
    assert told.is_over


def test_the_next_attempt_of_the_same_worker_goes_on(run):
    told = Told(started(run))
    say(run, "one")
    list(told.news(run.refresh()))
    Run.objects.filter(pk=run.pk).update(attempt=2)
    say(run, "two", attempt=2)
    told.hear(started(run, attempt=2, after=1))
    found = [each for each in told.news(run.refresh()) if each.name == "log"]
    assert [line["text"] for each in found for line in each.data["lines"]] == ["two"]
    assert not told.is_over
