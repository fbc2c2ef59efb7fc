"""Centrifugo 6: its HTTP API as we use it, and what lets a browser in.

An error of the API is a 200 too, so the body says whether a message was taken. Why httpx, and of
it the transport alone: docs/decisions/0007-a-pusher-that-reads.md.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import jwt

if TYPE_CHECKING:
    from collections.abc import Sequence

SOCKET_PATH = "/connection/uni_websocket"
_SCHEMES = {"http": "ws", "https": "wss"}
TOKEN_LIFE = dt.timedelta(minutes=1)
"""How long a token opens a connection."""
CONNECTION_LIFE = dt.timedelta(minutes=10)
"""How long the connection lives that was opened with it."""
_TIMEOUT = {"connect": 2.0, "read": 5.0, "write": 5.0, "pool": 5.0}


class NotPushed(Exception):
    """Centrifugo did not take what was sent, or did not say so."""


@dataclass(frozen=True, slots=True)
class Message:
    """One command about `channel`: a message for its subscribers, or the end of one of them;
    `body` is the API's command as JSON.
    """

    channel: str
    body: bytes

    @classmethod
    def of(cls, channel: str, event: str, position: int | None, data: Any) -> Message:
        """Return the message that brings `event` with `data` to `channel`."""
        pushed = {"event": event, "id": position, "data": data}
        return cls._command("publish", channel, data=pushed)

    @classmethod
    def dismissal(cls, channel: str, user: str) -> Message:
        """Return the message that ends what the connections of `user` bring of `channel`."""
        return cls._command("unsubscribe", channel, user=user)

    @classmethod
    def _command(cls, method: str, channel: str, **params: Any) -> Message:
        command = {method: {"channel": channel, **params}}
        text = json.dumps(command, ensure_ascii=False, separators=(",", ":"))
        return cls(channel, text.encode("utf-8", "replace"))


class Api:
    """The server's HTTP API over one kept connection. For one thread."""

    def __init__(self, url: str, key: str) -> None:
        self._url = httpx.URL(f"{url.rstrip('/')}/api/batch")
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self._transport = httpx.HTTPTransport(limits=limits, retries=1, trust_env=False)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def publish(self, messages: Sequence[Message]) -> list[str]:
        """Publish all, in order; return what was wrong with single ones. Raises NotPushed."""
        body = b'{"parallel":false,"commands":[%b]}' % b",".join(one.body for one in messages)
        try:
            answer = self._persistently(body)
        except (httpx.HTTPError, ValueError) as error:
            raise NotPushed(f"{type(error).__name__}: {error}") from error
        replies = answer.get("replies")
        if not isinstance(replies, list):
            raise NotPushed(f"Centrifugo answered {answer.get('error', answer)}.")
        return [
            f"{message.channel}: {reply['error']}"
            for message, reply in zip(messages, replies, strict=False)
            if "error" in reply
        ]

    def _persistently(self, body: bytes) -> dict[str, Any]:
        """Post it, and once more when it met a kept connection that the server has closed."""
        try:
            return self._post(body)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            return self._post(body)

    def _post(self, body: bytes) -> dict[str, Any]:
        request = httpx.Request("POST", self._url, headers=self._headers, content=body)
        request.extensions = {"timeout": _TIMEOUT}
        response = self._transport.handle_request(request)
        try:
            text = response.read()
        finally:
            response.close()
        if response.status_code != httpx.codes.OK:
            raise NotPushed(f"Centrifugo answered {response.status_code}; is the API key right?")
        answer = json.loads(text)
        return answer if isinstance(answer, dict) else {}


def socket_url(public: str) -> str:
    """Return the address of the unidirectional WebSocket on the server at `public` (http, https,
    ws or wss).
    """
    scheme, host, path, _, _ = urlsplit(public)
    if not path.endswith(SOCKET_PATH):
        path = path.rstrip("/") + SOCKET_PATH
    return urlunsplit((_SCHEMES.get(scheme, scheme), host, path, "", ""))


def socket_origin(public: str) -> str:
    """Return the origin of that address, as a Content-Security-Policy names it; "" for none."""
    scheme, host, _, _, _ = urlsplit(public)
    return f"{_SCHEMES.get(scheme, scheme)}://{host}" if host else ""


def token(user: str, channels: Sequence[str], *, key: str, now: dt.datetime) -> str:
    """Return a token that lets its bearer listen to exactly `channels`, and to nothing else.

    It opens a connection for TOKEN_LIFE, and that lives for CONNECTION_LIFE. `user` is "" for a
    stranger, who gets a name by chance.
    """
    subject = user or f"stranger-{secrets.token_hex(8)}"
    ends = {"exp": now + TOKEN_LIFE, "expire_at": int((now + CONNECTION_LIFE).timestamp())}
    return jwt.encode({"sub": subject, "channels": list(channels), **ends}, key, algorithm="HS256")
