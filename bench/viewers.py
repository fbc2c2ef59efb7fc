"""A thousand WebSocket viewers of one run over Centrifugo: each must see every line once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench import rest
from bench.figures import Figure, milliseconds
from bench.site import running_site
from tests.rig import centrifugo, websocket

VIEWERS = 1000
LINES = 60
PAUSE_SECONDS = 0.1
AT_A_TIME = 20
SECONDS = 300


class Viewer:
    """One viewer: the numbers of the lines that it saw, and how late each was."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.late: list[float] = []
        self.is_there = asyncio.Event()

    async def follow(self, client: httpx.AsyncClient, door: str, turn: asyncio.Semaphore) -> None:
        """Connect when it is one's turn, and see all until the run's end.

        Whoever waits for the others has to read too: Centrifugo cuts off who answers no ping.
        """
        async with turn:
            await self._connect(client, door)
        self.is_there.set()
        await self._watch()

    async def _connect(self, client: httpx.AsyncClient, door: str) -> None:
        answer = (await client.get(door)).raise_for_status().json()
        self._socket = await websocket.connect(answer["url"])
        await self._socket.send(json.dumps({"token": answer["token"]}))
        await self._socket.receive()

    async def _watch(self) -> None:
        while True:
            frame = json.loads(await self._socket.receive())
            if "pub" not in frame:
                continue
            news = frame["pub"]["data"]
            if news["event"] == "log":
                self._see(news["data"]["lines"])
            if news["event"] == "state" and news["data"]["state"] == "succeeded":
                break
        await self._socket.close()

    def _see(self, lines: list[dict[str, Any]]) -> None:
        now = time.time()
        for line in lines:
            self.numbers.append(line["n"])
            self.late.append(now - float(line["text"].split()[-1]))


def measure() -> list[Figure]:
    """Let a job tick before all of them; count what each saw."""
    if (program := centrifugo.program()) is None:
        return [Figure("1,000 viewers over WebSocket", "not measured: no Centrifugo is here")]
    with (
        centrifugo.running([program], origins=[]) as server,
        running_site("--noreload", **server.environ) as site,
        TemporaryDirectory(prefix="samovar-bench-") as folder,
    ):
        gate = Path(folder) / "gate"
        run = rest.start(
            site.url, "gated_ticker", gate=str(gate), lines=LINES, pause=PAUSE_SECONDS
        )
        viewers = asyncio.run(_watch(f"{site.url}/api/v1/live?channel=run:{run['id']}", gate))
    every = list(range(1, LINES + 1))
    whole = sum(viewer.numbers == every for viewer in viewers)
    late = [seconds for viewer in viewers for seconds in viewer.late]
    return [
        Figure(f"{VIEWERS} viewers, {LINES} lines each: saw all once", f"{whole}", f"{VIEWERS}"),
        Figure("print → viewer, with all of them", milliseconds(late, 0.95)),
    ]


async def _watch(door: str, gate: Path) -> list[Viewer]:
    viewers = [Viewer() for _ in range(VIEWERS)]
    turn = asyncio.Semaphore(AT_A_TIME)
    # Each stands for a browser of its own, so none has another's connection.
    alone = httpx.Limits(max_keepalive_connections=0)
    with contextlib.suppress(TimeoutError):
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=60, limits=alone) as client,
            asyncio.TaskGroup() as group,
        ):
            for viewer in viewers:
                group.create_task(viewer.follow(client, door, turn))
            for viewer in viewers:
                await viewer.is_there.wait()
            await asyncio.to_thread(gate.touch)
    return viewers
