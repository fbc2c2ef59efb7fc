"""Following a run: every line once, in order, from any position, and the end last."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from asgiref.sync import sync_to_async

from samovar.live import follow as following
from samovar.live.follow import follow, wait_until_final
from samovar.live.tailer import Tailer
from samovar.models import Chunk, Run
from samovar.types import Batch

SECONDS = 10


@pytest.fixture(autouse=True)
def database(transactional_db):
    """Let the tailer's thread see what a test writes."""


@sync_to_async
def begin(**values) -> Run:
    return Run.objects.create(job="long_process", **{"state": "running", "attempt": 1, **values})


@sync_to_async
def say(run: Run, *texts: str) -> None:
    stored = Run.objects.get(pk=run.pk)
    batch = Batch(time.time(), "stdout", "info", list(texts))
    Chunk.pack(run.pk, 1, stored.log_lines + 1, [batch]).save()
    Run.objects.filter(pk=run.pk).update(log_lines=stored.log_lines + len(texts))


@sync_to_async
def move(run: Run, **values) -> None:
    version = Run.objects.get(pk=run.pk).version
    Run.objects.filter(pk=run.pk).update(version=version + 1, **values)


class Follower:
    """What one viewer was told."""

    def __init__(self, run: Run, after: int = 0) -> None:
        self.events = []
        self._news = asyncio.Event()
        self.task = asyncio.ensure_future(self._read(run, after))

    async def _read(self, run, after):
        async for events in follow(run.pk, after=after):
            self.events += events
            self._news.set()

    @property
    def numbers(self) -> list[int]:
        logs = [event.data["lines"] for event in self.events if event.name == "log"]
        return [line["n"] for lines in logs for line in lines]

    async def sees(self, line: int) -> None:
        async with asyncio.timeout(SECONDS):
            while line not in self.numbers:
                await self._news.wait()
                self._news.clear()

    async def end(self) -> None:
        async with asyncio.timeout(SECONDS):
            await self.task


async def test_lines_come_as_they_are_stored_and_the_end_comes_last():
    run = await begin()
    viewer = Follower(run)
    await say(run, "one", "two")
    await viewer.sees(2)
    await say(run, "three")
    await move(run, state="succeeded", result=7)
    await viewer.end()
    assert viewer.numbers == [1, 2, 3]
    assert viewer.events[-1].name == "state"
    assert viewer.events[-1].data["state"] == "succeeded"
    assert [event.data["state"] for event in viewer.events if event.name == "state"] == [
        "running",
        "succeeded",
    ]
    assert viewer.events[-2].name != "state"


async def test_a_late_viewer_reads_what_was_said_before():
    run = await begin()
    await say(run, *map(str, range(2500)))
    early, late = Follower(run), Follower(run, after=2400)
    await late.sees(2500)
    await say(run, "more")
    await move(run, state="failed", error={"type": "E", "message": "m"})
    await early.end()
    await late.end()
    assert early.numbers == list(range(1, 2502))
    assert late.numbers == list(range(2401, 2502))


async def test_a_run_that_has_ended_is_told_whole():
    run = await begin()
    await say(run, "one")
    await move(run, state="cancelled")
    viewer = Follower(run)
    await viewer.end()
    assert [event.name for event in viewer.events] == ["log", "progress", "state"]
    assert viewer.events[0].data["next"] is None


async def test_a_position_beyond_the_end_gets_no_line_and_the_end():
    run = await begin(state="succeeded")
    viewer = Follower(run, after=10**12)
    await viewer.end()
    assert viewer.numbers == []
    assert viewer.events[-1].data["state"] == "succeeded"


async def test_progress_is_told_when_it_moves():
    run = await begin()
    viewer = Follower(run)
    await say(run, "one")
    await viewer.sees(1)
    await move(run, progress_percent=50.0)
    await move(run, state="succeeded")
    await viewer.end()
    percents = [event.data["percent"] for event in viewer.events if event.name == "progress"]
    assert percents[0] is None
    assert percents[-1] == 50.0


async def test_a_viewer_that_was_slow_finds_its_gap(monkeypatch):
    run = await begin()
    viewer = following.tailer.subscribe(run.pk)
    for number in range(200):
        await say(run, str(number))
        await asyncio.sleep(0)
    assert (await viewer.next(SECONDS)) is not None
    following.tailer.unsubscribe(viewer)
    again = Follower(run)
    await move(run, state="succeeded")
    await again.end()
    assert again.numbers == list(range(1, 201))


async def test_the_thread_ends_with_its_last_viewer():
    run = await begin()
    tailer = Tailer()
    viewer = tailer.subscribe(run.pk)
    assert await viewer.next(SECONDS)
    thread = tailer._thread
    tailer.unsubscribe(viewer)
    await asyncio.to_thread(thread.join, SECONDS)
    assert not thread.is_alive()
    other = tailer.subscribe(run.pk)
    assert await other.next(SECONDS)
    tailer.unsubscribe(other)


async def test_a_stop_closes_every_viewer():
    run = await begin()
    tailer = Tailer()
    viewer = tailer.subscribe(run.pk)
    tailer.stop()
    async with asyncio.timeout(SECONDS):
        while not viewer.is_closed:
            await viewer.next(0.1)
    assert tailer.subscribe(run.pk).is_closed


async def test_waiting_ends_with_the_run():
    run = await begin()
    waiting = asyncio.ensure_future(wait_until_final(run.pk, SECONDS))
    await move(run, state="succeeded")
    assert await waiting is True


async def test_waiting_ends_with_its_time():
    run = await begin()
    assert await wait_until_final(run.pk, 0.2) is False


class TestEvents:
    @pytest.fixture(autouse=True)
    def open_site(self, settings):
        settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}

    async def read(self, client, path: str, **headers: str) -> list[tuple[str, str, dict]]:
        response = await client.get(path, headers=headers)
        assert response["Content-Type"] == "text/event-stream"
        text = b"".join([part async for part in response.streaming_content]).decode()
        events = []
        for block in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
            if "event" in fields:
                events.append((fields["id"], fields["event"], json.loads(fields["data"])))
        return events

    async def test_the_stream_resumes_behind_the_last_event(self, async_client):
        run = await begin()
        await say(run, "one", "two\rthree", "четыре")
        await move(run, state="succeeded", result=1)
        path = f"/api/v1/runs/{run.pk}/events"
        whole = await self.read(async_client, path)
        assert [event for _, event, _ in whole] == ["log", "progress", "state"]
        assert [line["text"] for line in whole[0][2]["lines"]] == ["one", "two\rthree", "четыре"]
        assert whole[-1][2]["state"] == "succeeded"
        for resumed in (
            await self.read(async_client, path, **{"Last-Event-ID": "2"}),
            await self.read(async_client, f"{path}?after=2"),
        ):
            assert [line["n"] for line in resumed[0][2]["lines"]] == [3]
        rest = await self.read(async_client, path, **{"Last-Event-ID": "3"})
        assert [event for _, event, _ in rest] == ["progress", "state"]

    async def test_a_position_that_is_none_is_refused(self, async_client):
        run = await begin()
        response = await async_client.get(f"/api/v1/runs/{run.pk}/events?after=x")
        assert response.status_code in {400, 422}
        assert response["Content-Type"] == "application/problem+json"

    def test_under_wsgi_the_page_is_told_to_poll(self, client):
        run = Run.objects.create(job="long_process", state="running")
        assert client.get(f"/api/v1/runs/{run.pk}/events").status_code == 501
