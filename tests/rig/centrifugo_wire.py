"""A stand-in that speaks Centrifugo's documented wire, for machines that have no Centrifugo.

It knows what Samovar uses: `publish`, `unsubscribe` and `batch` of the HTTP API with its key, the
unidirectional WebSocket with a signed token, and the token's channels. It keeps nothing, as
Centrifugo does without history. What it answers was written down from the real server; the same
tests run against that where it is installed. `python -m tests.rig.centrifugo_wire --config FILE`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import time
import uuid
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jwt

from tests.rig import websocket

PING_SECONDS = 25
UNSUBSCRIBED = {"code": 2000, "reason": "server unsubscribe"}
UNKNOWN_CHANNEL = {"code": 102, "message": "unknown channel"}
INVALID_TOKEN, BAD_REQUEST, EXPIRED = (
    (3500, "invalid token"),
    (3501, "bad request"),
    (
        3005,
        "connection expired",
    ),
)


class Wire:
    """The server: its configuration, and who listens to what."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.address = (config["http_server"]["address"], int(config["http_server"]["port"]))
        self._key = config["http_api"]["key"]
        self._secret = config["client"]["token"]["hmac_secret_key"]
        self._origins = config["client"]["allowed_origins"]
        self._namespaces = {each["name"] for each in config["channel"]["namespaces"]}
        self._listeners: dict[str, set[asyncio.Queue[str]]] = {}
        self._queues: dict[str, set[asyncio.Queue[str]]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while (request := await _request(reader)) is not None:
                path, headers, body = request
                if path == "/connection/uni_websocket":
                    await self._listen(headers, reader, writer)
                    break
                status, answer = self._answer(path, headers, body)
                text = json.dumps(answer).encode()
                head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n"
                writer.write(head.encode() + text)
                await writer.drain()
        writer.close()

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[str, Any]:
        if headers.get("x-api-key") != self._key:
            return "401 Unauthorized", {}
        asked = json.loads(body)
        if path == "/api/publish":
            return "200 OK", {"result": {}, **self._publish(asked)}
        if path == "/api/batch":
            return "200 OK", {"replies": [self._obey(each) for each in asked["commands"]]}
        return "404 Not Found", {}

    def _obey(self, command: dict[str, Any]) -> dict[str, Any]:
        [(method, asked)] = command.items()
        does = {"publish": self._publish, "unsubscribe": self._unsubscribe}[method]
        return does(asked) or {method: {}}

    def _unsubscribe(self, asked: dict[str, Any]) -> dict[str, Any]:
        """End it on all connections of the user, each of which is told: as the real one does, also
        where the channel is none of theirs.
        """
        channel, queues = asked["channel"], self._queues.get(asked["user"], set())
        self._listeners.get(channel, set()).difference_update(queues)
        for queue in queues:
            queue.put_nowait(json.dumps({"channel": channel, "unsubscribe": UNSUBSCRIBED}))
        return {}

    def _publish(self, asked: dict[str, Any]) -> dict[str, Any]:
        channel = asked["channel"]
        if channel.partition(":")[0] not in self._namespaces:
            return {"error": UNKNOWN_CHANNEL}
        frame = json.dumps({"channel": channel, "pub": {"data": asked["data"]}})
        for queue in self._listeners.get(channel, ()):
            queue.put_nowait(frame)
        return {}

    async def _listen(
        self, headers: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        origin = headers.get("origin")
        if origin is not None and not any(fnmatch(origin, each) for each in self._origins):
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        answer = websocket.accept(headers["sec-websocket-key"])
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {answer}\r\n\r\n".encode()
        )
        socket = websocket.Socket(reader, writer, is_client=False)
        code, reason = await self._converse(socket)
        await socket.send(json.dumps({"disconnect": {"code": code, "reason": reason}}))
        await socket.close(code, reason)

    async def _converse(self, socket: websocket.Socket) -> tuple[int, str]:
        """Tell the client what comes to its channels; return why that has ended."""
        first = json.loads(await socket.receive())
        if "token" not in first:
            return BAD_REQUEST
        try:
            claims = jwt.decode(first["token"], self._secret, algorithms=["HS256"])
        except jwt.ExpiredSignatureError:
            return EXPIRED
        except jwt.InvalidTokenError:
            return INVALID_TOKEN
        ttl = claims.get("expire_at", claims["exp"]) - time.time()
        queue: asyncio.Queue[str] = asyncio.Queue()
        for channel in claims["channels"]:
            self._listeners.setdefault(channel, set()).add(queue)
        self._queues.setdefault(claims["sub"], set()).add(queue)
        try:
            await socket.send(json.dumps(_welcome(claims["channels"], int(ttl))))
            return await _carry(queue, socket, ttl)
        finally:
            self._queues[claims["sub"]].discard(queue)
            for channel in claims["channels"]:
                self._listeners[channel].discard(queue)


def _welcome(channels: list[str], ttl: int) -> dict[str, Any]:
    subs: dict[str, Any] = {channel: {} for channel in channels}
    told = {"client": str(uuid.uuid4()), "subs": subs, "expires": True, "ttl": ttl}
    return {"connect": {**told, "ping": PING_SECONDS}}


async def _carry(
    queue: asyncio.Queue[str], socket: websocket.Socket, ttl: float
) -> tuple[int, str]:
    """Send what comes, and a ping in silence, until the token's end or the client's."""
    ends = asyncio.get_running_loop().time() + ttl
    gone = asyncio.ensure_future(_until_closed(socket))
    try:
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            news = asyncio.ensure_future(queue.get())
            timeout = min(left, PING_SECONDS)
            done, _ = await asyncio.wait(
                {news, gone}, timeout=timeout, return_when="FIRST_COMPLETED"
            )
            if gone in done:
                news.cancel()
                raise ConnectionError
            news.cancel()
            await socket.send(news.result() if news in done else "{}")
        return EXPIRED
    finally:
        gone.cancel()


async def _until_closed(socket: websocket.Socket) -> None:
    with contextlib.suppress(websocket.Closed):
        while True:
            await socket.receive()


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes] | None:
    """Read an HTTP request; None at the connection's end."""
    line = (await reader.readline()).decode().split()
    if not line:
        return None
    headers = {}
    while header := (await reader.readline()).decode().strip():
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    size = int(headers.get("content-length", 0))
    return line[1], headers, await reader.readexactly(size)


async def _main(config: dict[str, Any]) -> None:
    wire = Wire(config)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(wire.serve, *wire.address)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    asyncio.run(_main(json.loads(parser.parse_args().config.read_text())))
