"""Who is dismissed from a channel hears no more of it over Centrifugo."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction

from samovar import live
from samovar.live import push
from samovar.live.centrifugo import socket_url, token
from samovar.per_process import PerProcess
from tests.rig import centrifugo, websocket

pytestmark = pytest.mark.integration

SECONDS = 10
BORIS = User(pk=7, username="boris")
ROOM = "room:5"


@pytest.fixture
def server(transactional_db, settings, monkeypatch):
    """Give Centrifugo (or its stand-in), to which the news of this process go."""
    with centrifugo.running(centrifugo.command(), origins=[]) as server:
        settings.SAMOVAR = {**settings.SAMOVAR, **server.environ}
        pusher = PerProcess(push._make)
        monkeypatch.setattr(push, "_pusher", pusher)
        # What is said again a minute later is so after a tenth of a second.
        monkeypatch.setattr(push, "TOKEN_LIFE", dt.timedelta(seconds=-0.9))
        yield server
        pusher().stop(5)


class Ear:
    """What one user hears."""

    def __init__(self, server, user: User) -> None:
        now = dt.datetime.now(dt.UTC)
        self._token = token(str(user.pk), [ROOM], key=server.secret, now=now)
        self._url = socket_url(server.url)

    async def open(self) -> None:
        """Connect with the token that was given once."""
        self._socket = await websocket.connect(self._url)
        await self._socket.send(json.dumps({"token": self._token}))
        assert "connect" in await self.next()

    async def next(self) -> dict:
        async with asyncio.timeout(SECONDS):
            while not (frame := json.loads(await self._socket.receive())):
                pass
            return frame

    async def close(self) -> None:
        await self._socket.close()


def dismiss(*, is_rolled_back: bool) -> None:
    with transaction.atomic():
        live.dismiss(ROOM, BORIS)
        live.publish(ROOM, "message", {"text": "between us"}, position=1)
        transaction.set_rollback(is_rolled_back)


async def test_who_is_dismissed_hears_nothing_that_is_said_then(server):
    anna, boris = Ear(server, User(pk=1)), Ear(server, BORIS)
    await anna.open()
    await boris.open()
    await sync_to_async(dismiss)(is_rolled_back=True)
    await sync_to_async(dismiss)(is_rolled_back=False)
    assert (await anna.next())["pub"]["data"]["data"] == {"text": "between us"}
    assert "unsubscribe" in await boris.next()
    await anna.close()
    await boris.close()


async def test_it_is_said_again_when_no_token_from_before_opens_a_connection(server):
    boris = Ear(server, BORIS)
    await boris.open()
    await sync_to_async(dismiss)(is_rolled_back=False)
    for _ in range(2):
        assert "unsubscribe" in await boris.next()
    await boris.close()
