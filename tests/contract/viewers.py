"""How a program follows a run by each transport. All of them tell the same events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.rig import websocket

FINAL = {"succeeded", "failed", "cancelled"}
STEP_SECONDS = 0.1


@dataclass(frozen=True)
class Event:
    """What a viewer is told: its name, its position, its data."""

    event: str
    id: int
    data: dict[str, Any]

    @property
    def is_final(self) -> bool:
        return self.event == "state" and self.data["state"] in FINAL


class Viewer:
    """Somebody who listens to one run; `ready` is set once nothing can be missed."""

    def __init__(self, url: str, run_id: str) -> None:
        self.url = f"{url}/api/v1"
        self.run_id = run_id
        self.events: list[Event] = []
        self.ready = asyncio.Event()

    async def follow(self) -> None:
        """Listen until the run's end is told."""
        async with httpx.AsyncClient(timeout=30) as client:
            async for event in self._events(client):
                self.events.append(event)
                if event.is_final:
                    return

    def _events(self, client: httpx.AsyncClient) -> AsyncIterator[Event]:
        raise NotImplementedError

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.event == name]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [line for event in self.named("log") for line in event.data["lines"]]


class Sse(Viewer):
    """By Server-Sent Events."""

    async def _events(self, client: httpx.AsyncClient) -> AsyncIterator[Event]:
        async with client.stream("GET", f"{self.url}/runs/{self.run_id}/events") as answer:
            self.ready.set()
            fields: dict[str, str] = {}
            async for text in answer.aiter_lines():
                if text:
                    name, _, value = text.partition(": ")
                    fields[name] = value
                    continue
                if "event" in fields:
                    yield Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))
                fields = {}


class Centrifugo(Viewer):
    """By Centrifugo, and nothing else: what was pushed before is not seen."""

    async def _events(self, client: httpx.AsyncClient) -> AsyncIterator[Event]:
        channel = f"run:{self.run_id}"
        answer = await client.get(f"{self.url}/live", params={"channel": channel})
        door = answer.json()
        assert door["transport"] == "centrifugo"
        socket = await websocket.connect(door["url"], origin=self.url.removesuffix("/api/v1"))
        try:
            await socket.send(json.dumps({"token": door["token"]}))
            assert channel in json.loads(await socket.receive())["connect"]["subs"]
            self.ready.set()
            while True:
                frame = json.loads(await socket.receive())
                if frame:
                    assert frame["channel"] == channel
                    yield Event(**frame["pub"]["data"])
        finally:
            await socket.close()


class Polling(Viewer):
    """By asking again and again, as a page does where nothing else passes."""

    async def _events(self, client: httpx.AsyncClient) -> AsyncIterator[Event]:
        position = 0
        while True:
            run = (await client.get(f"{self.url}/runs/{self.run_id}")).json()
            self.ready.set()
            while True:
                query = {"after": position}
                answer = await client.get(f"{self.url}/runs/{self.run_id}/log", params=query)
                page = answer.json()
                if not page["lines"]:
                    break
                position = page["lines"][-1]["n"]
                yield Event("log", position, page)
            yield Event("progress", position, run["progress"])
            yield Event("state", position, run)
            await asyncio.sleep(STEP_SECONDS)


TRANSPORTS = {"sse": Sse, "centrifugo": Centrifugo, "polling": Polling}
