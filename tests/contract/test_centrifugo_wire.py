"""What we rely on of Centrifugo's wire. The stand-in, which CI has, is held to the real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest

from samovar.live.centrifugo import TOKEN_LIFE, Api, Message, NotPushed, socket_url, token
from tests.rig import centrifugo, missing, websocket
from tests.rig.loop import run_in_a_loop

pytestmark = pytest.mark.contract

ORIGIN = "http://127.0.0.1:8000"
SECONDS = 20


@pytest.fixture(scope="module", params=["real", "stand-in"])
def server(request):
    """Give Centrifugo, and its stand-in."""
    command = centrifugo.STAND_IN
    if request.param == "real":
        if (program := centrifugo.program()) is None:
            missing.skip(centrifugo.SERVICE, centrifugo.PROGRAM)
        command = (program,)
    with centrifugo.running(command, origins=[ORIGIN]) as server:
        yield server


@pytest.fixture
def api(server):
    api = Api(server.url, server.api_key)
    yield api
    api.close()


def message(channel, number):
    return Message.of(channel, "log", number, {"text": f"№ {number} 🫖"})


def permit(server, *channels, user="", age=dt.timedelta(0)):
    return token(user, channels, key=server.secret, now=dt.datetime.now(dt.UTC) - age)


async def connect(server, permit, origin=ORIGIN):
    socket = await websocket.connect(socket_url(server.url), origin=origin)
    await socket.send(json.dumps({"token": permit} if permit else {}))
    return socket


async def frame(socket):
    async with asyncio.timeout(SECONDS):
        return json.loads(await socket.receive())


def test_messages_of_a_batch_come_in_order_to_those_who_may_hear_them(server, api):
    async def main():
        socket = await connect(server, permit(server, "run:1", "room:2"))
        welcome = (await frame(socket))["connect"]
        assert set(welcome["subs"]) == {"run:1", "room:2"}
        assert welcome["expires"] is True
        assert 590 <= welcome["ttl"] <= 600
        assert welcome["ping"] == 25
        batch = [
            message("run:1", 1),
            message("run:7", 2),
            message("room:2", 3),
            message("run:1", 4),
        ]
        assert await asyncio.to_thread(api.publish, batch) == []
        told = [await frame(socket) for _ in range(3)]
        await socket.close()
        return told

    told = run_in_a_loop(main)
    assert [(each["channel"], each["pub"]["data"]["id"]) for each in told] == [
        ("run:1", 1),
        ("room:2", 3),
        ("run:1", 4),
    ]
    assert told[0]["pub"]["data"] == {"event": "log", "id": 1, "data": {"text": "№ 1 🫖"}}


def test_a_channel_that_it_does_not_know_is_named_and_the_others_are_told(api):
    wrong = api.publish([message("run:1", 1), message("zoom:1", 2), message("run:1", 3)])
    assert len(wrong) == 1
    assert wrong[0].startswith("zoom:1: ")
    assert "unknown channel" in wrong[0]


def test_a_wrong_key_is_said(server):
    api = Api(server.url, "wrong")
    with pytest.raises(NotPushed, match="is the API key right"):
        api.publish([message("run:1", 1)])
    api.close()


def test_nobody_there_is_said(free_port):
    api = Api(f"http://127.0.0.1:{free_port}", "key")
    with pytest.raises(NotPushed, match="ConnectError"):
        api.publish([message("run:1", 1)])
    api.close()


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again():
    with centrifugo.running(centrifugo.STAND_IN, origins=[]) as other:
        api = Api(other.url, other.api_key)
        api.publish([message("run:1", 1)])
        like = other
    with centrifugo.running(centrifugo.STAND_IN, origins=[], like=like):
        assert api.publish([message("run:1", 2)]) == []
    api.close()


def test_who_is_dismissed_hears_no_more_of_that_channel_and_the_rest_as_before(server, api):
    async def main():
        sockets = [
            await connect(server, permit(server, *names, user=user))
            for user, names in {
                "anna": ["room:1", "run:1"],
                "boris": ["room:1", "run:1"],
                "vera": ["room:1"],
            }.items()
        ]
        for socket in sockets:
            assert "connect" in await frame(socket)
        batch = [
            Message.dismissal("room:1", "boris"),
            Message.dismissal("room:1", "nobody"),
            message("room:1", 1),
            message("run:1", 2),
        ]
        assert await asyncio.to_thread(api.publish, batch) == []
        told = [[await frame(socket) for _ in range(2)] for socket in sockets[:2]]
        told.append([await frame(sockets[2])])
        for socket in sockets:
            await socket.close()
        return told

    anna, boris, vera = run_in_a_loop(main)
    assert [each["channel"] for each in anna] == ["room:1", "run:1"]
    assert boris[0] == {
        "channel": "room:1",
        "unsubscribe": {"code": 2000, "reason": "server unsubscribe"},
    }
    assert (boris[1]["channel"], boris[1]["pub"]["data"]["id"]) == ("run:1", 2)
    assert vera[0]["pub"]["data"]["id"] == 1


def test_a_token_that_was_kept_opens_nothing_later(server):
    async def main():
        socket = await connect(server, permit(server, "room:1", user="boris", age=TOKEN_LIFE))
        farewell = (await frame(socket))["disconnect"]
        await socket.close()
        return farewell["code"]

    assert run_in_a_loop(main) == 3005


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(lambda _: "", 3501), (lambda text: text[:-4] + "AAAA", 3500)],
    ids=["none", "forged"],
)
def test_without_a_token_of_ours_nobody_hears_anything(server, spoil, code):
    async def main():
        socket = await connect(server, spoil(permit(server, "run:1")))
        farewell = (await frame(socket))["disconnect"]
        with pytest.raises(websocket.Closed) as closed:
            await socket.receive()
        return farewell["code"], closed.value.code

    assert run_in_a_loop(main) == (code, code)


def test_a_page_of_another_site_is_refused(server):
    async def main():
        with pytest.raises(websocket.Refused, match="403"):
            await connect(server, permit(server, "run:1"), origin="http://elsewhere.example")

    run_in_a_loop(main)
