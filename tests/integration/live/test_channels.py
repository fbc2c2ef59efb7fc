"""Channels of apps: an app keeps what is said, and every viewer hears it once."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import AsyncClient, Client

from samovar import live
from samovar.live import channels
from samovar.live.channels import Channel
from samovar.live.event import Event
from samovar.live.hear import hear
from samovar.models import Run

pytestmark = pytest.mark.integration

SECONDS = 10
TEA = Channel("room", "tea")


class Room:
    """An app with one room: its table, and who is there."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.present = ["ann"]
        self.members = {"ann", "bob"}
        self.reads = 0

    def say(self, text: str) -> None:
        self.rows.append(text)
        live.publish("room:tea", "message", {"text": text}, position=len(self.rows))

    def read(self, ident: str, after: int) -> list[Event]:
        self.reads += 1
        rows = enumerate(self.rows[after : after + 2], after + 1)
        messages = [Event("message", n, {"text": text}) for n, text in rows]
        return [*messages, Event("presence", None, {"names": list(self.present)})]


@pytest.fixture
def room(transactional_db, settings, monkeypatch):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}
    monkeypatch.setattr(channels, "_kinds", {})
    room = Room()
    live.register(
        "room",
        may_see=lambda user, ident: ident == "tea" and (user.username or "ann") in room.members,
        read=room.read,
    )
    return room


class Listener:
    """What one viewer has heard."""

    def __init__(self, name: str = "ann", after: int = 0) -> None:
        self.user = User(username=name)
        self.events: list[Event] = []
        self.pings = 0
        self._news = asyncio.Event()
        self.task = asyncio.ensure_future(self._listen(after))

    async def _listen(self, after):
        async for events in hear(TEA, after=after, user=self.user):
            self.events += events
            self.pings += not events
            self._news.set()

    @property
    def texts(self) -> list[str]:
        return [event.data["text"] for event in self.events if event.name == "message"]

    @property
    def names(self) -> list[list[str]]:
        return [event.data["names"] for event in self.events if event.name == "presence"]

    async def until(self, condition) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_everyone_hears_all_from_where_they_stand_once_and_in_order(room):
    room.rows += ["one", "two", "three"]
    early, late = Listener(), Listener(after=2)
    await early.until(lambda one: len(one.texts) == 3)
    await late.until(lambda one: len(one.texts) == 1)
    for number in range(4, 30):
        await sync_to_async(room.say)(str(number))
    for one in (early, late):
        await one.until(lambda one: one.texts[-1:] == ["29"])
        await one.leave()
    assert early.texts == room.rows
    assert late.texts == room.rows[2:]


async def test_how_things_stand_is_told_at_first_and_when_it_has_changed(room):
    listener = Listener()
    await listener.until(lambda one: one.names)
    await sync_to_async(room.say)("hello")
    await listener.until(lambda one: one.texts)
    room.present.append("bob")
    await listener.until(lambda one: len(one.names) == 2)
    await listener.leave()
    assert listener.names == [["ann"], ["ann", "bob"]]


async def test_many_viewers_cost_one_read_a_look(room):
    listeners = [Listener() for _ in range(20)]

    async def all_hear(text):
        await sync_to_async(room.say)(text)
        for one in listeners:
            await one.until(lambda one: one.texts[-1:] == [text])

    # Whoever comes reads for itself first.
    for text in ("one", "two", "three"):
        await all_hear(text)
    before = room.reads
    await all_hear("four")
    assert room.reads - before < len(listeners)
    for one in listeners:
        await one.leave()


async def test_who_may_not_listen_any_more_hears_nothing_that_is_said_then(room):
    ann, bob = Listener(), Listener("bob")
    await sync_to_async(room.say)("one")
    for one in (ann, bob):
        await one.until(lambda one: one.texts == ["one"])
    room.members.remove("bob")
    await sync_to_async(room.say)("between us")
    await ann.until(lambda one: one.texts == ["one", "between us"])
    async with asyncio.timeout(SECONDS):
        await bob.task
    assert bob.texts == ["one"]
    await ann.leave()


async def test_who_may_not_listen_any_more_is_shown_out_of_a_silent_room(room, monkeypatch):
    monkeypatch.setattr("samovar.live.hear.QUIET_SECONDS", 0.1)
    bob = Listener("bob")
    await bob.until(lambda one: one.names)
    await bob.until(lambda one: one.pings > 1)
    room.members.remove("bob")
    async with asyncio.timeout(SECONDS):
        await bob.task
    assert bob.names == [["ann"]]


def test_a_rollback_tells_nobody(room, monkeypatch):
    rung = []
    monkeypatch.setattr("samovar.live.listener.listener.ring", lambda: rung.append(1))
    with transaction.atomic():
        room.say("hello")
        transaction.set_rollback(True)
    assert not rung
    room.say("hello again")
    assert rung


async def test_one_stream_brings_several_channels_and_goes_on_where_it_was(room):
    run = await sync_to_async(Run.objects.create)(job="long_process", state="succeeded")
    room.rows += ["one", "two", "three"]
    address = f"/api/v1/live/events?channel=room:tea&channel=run:{run.pk}"
    told = await frames(address, lambda told: len(told) == 6)
    by = {"room:tea": [], f"run:{run.pk}": []}
    for _, each in told:
        by[each["channel"]].append(each["event"])
    assert by["room:tea"] == ["message", "message", "presence", "message"]
    assert by[f"run:{run.pk}"] == ["progress", "state"]
    position = next(at for at, each in told if each["data"] == {"text": "two"})
    assert position.split(",")[0] == "2"
    again = await frames(address, lambda told: len(told) == 4, position=position)
    assert [each["data"] for _, each in again if each["event"] == "message"] == [{"text": "three"}]


async def frames(address, is_enough, position=""):
    """Return (id, envelope) of the stream's first events."""
    headers = {"last-event-id": position} if position else {}
    response = await AsyncClient().get(address, headers=headers)
    assert response.status_code == 200
    told = []
    async with asyncio.timeout(SECONDS):
        async for frame in response:
            fields = dict(part.split(": ", 1) for part in frame.decode().strip().split("\n"))
            if "data" in fields:
                told.append((fields["id"], json.loads(fields["data"])))
            if is_enough(told):
                break
    response.close()
    return told


def test_the_door_and_the_news_of_a_room(room):
    client = Client()
    door = client.get("/api/v1/live?channel=room:tea").json()
    assert door == {"transport": "sse", "url": "/api/v1/live/events?channel=room%3Atea"}
    room.rows += ["one", "two"]
    news = client.get("/api/v1/live/news?channel=room:tea&after=1").json()["events"]
    assert news == [
        {"channel": "room:tea", "event": "message", "id": 2, "data": {"text": "two"}},
        {"channel": "room:tea", "event": "presence", "id": None, "data": {"names": ["ann"]}},
    ]
    for path in ("live", "live/events", "live/news"):
        assert client.get(f"/api/v1/{path}?channel=room:coffee").status_code == 404
    run = Run.objects.create(job="long_process", state="queued")
    assert client.get(f"/api/v1/live/news?channel=run:{run.pk}").status_code == 422


@pytest.mark.parametrize("position", ["x", "1", "1,2,3", "-1,2", "1,", "9" * 19 + ",1"])
def test_a_position_that_is_none_is_refused(room, position):
    address = "/api/v1/live/events?channel=room:tea&channel=room:tea"
    run = Run.objects.create(job="long_process", state="queued")
    response = Client().get(f"{address}&channel=run:{run.pk}&after={position}")
    assert response.status_code == 400


@pytest.mark.parametrize("name", ["run", "a b", ""])
def test_a_kind_needs_a_name_of_its_own(name):
    with pytest.raises(ImproperlyConfigured):
        live.register(name, may_see=lambda *_: True, read=lambda *_: [])
