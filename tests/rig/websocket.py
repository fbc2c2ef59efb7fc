"""A WebSocket (RFC 6455) as far as tests need one: text frames, ping, close; either side."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import struct
from urllib.parse import urlsplit

_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_SHORT, _LONG = 126, 127


class Refused(Exception):
    """The server did not take up the upgrade; the message is its status line."""


class Closed(Exception):
    """The other side has closed; `code` is the reason's number, 1006 without any."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code


class Socket:
    """One end of a WebSocket."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._is_client = is_client

    async def send(self, text: str) -> None:
        """Send a text."""
        await self._frame(TEXT, text.encode())

    async def receive(self) -> str:
        """Return the next text. Raises Closed."""
        while True:
            try:
                kind, body = await self._read()
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                await self._end()
                raise Closed from error
            if kind == TEXT:
                return body.decode()
            if kind == PING:
                await self._frame(PONG, body)
            if kind == CLOSE:
                code = struct.unpack(">H", body[:2])[0] if body else 1005
                await self._end()
                raise Closed(code, body[2:].decode())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, and close."""
        with contextlib.suppress(ConnectionError):
            await self._frame(CLOSE, struct.pack(">H", code) + reason.encode())
        await self._end()

    def cut(self) -> None:
        """Break the connection without a word."""
        self._writer.transport.abort()

    async def _end(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> tuple[int, bytes]:
        """Return one frame; the tests' servers do not part messages into several."""
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        if size == _SHORT:
            (size,) = struct.unpack(">H", await self._reader.readexactly(2))
        elif size == _LONG:
            (size,) = struct.unpack(">Q", await self._reader.readexactly(8))
        mask = await self._reader.readexactly(4) if second & 0x80 else b""
        body = await self._reader.readexactly(size)
        return first & 0x0F, _masked(body, mask) if mask else body

    async def _frame(self, kind: int, body: bytes) -> None:
        bit = 0x80 if self._is_client else 0
        size = len(body)
        head = bytes([0x80 | kind])
        if size < _SHORT:
            head += bytes([bit | size])
        elif size < 1 << 16:
            head += bytes([bit | _SHORT]) + struct.pack(">H", size)
        else:
            head += bytes([bit | _LONG]) + struct.pack(">Q", size)
        if self._is_client:
            mask = os.urandom(4)
            head, body = head + mask, _masked(body, mask)
        self._writer.write(head + body)
        await self._writer.drain()


async def connect(url: str, *, origin: str | None = None) -> Socket:
    """Connect to `url` (ws), as a page of `origin` does. Raises Refused."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port or 80)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {at.path or '/'} HTTP/1.1",
        f"Host: {at.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Origin: {origin}"] if origin else []),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    status = (await reader.readline()).decode().strip()
    while (await reader.readline()).strip():
        pass
    if " 101 " not in status:
        writer.close()
        await writer.wait_closed()
        raise Refused(status)
    return Socket(reader, writer, is_client=True)


def accept(key: str) -> str:
    """Return the answer to a client's Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _KEY).digest()).decode()


def _masked(body: bytes, mask: bytes) -> bytes:
    if not body:
        return body
    size = len(body)
    word = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(body, "big") ^ word).to_bytes(size, "big")
