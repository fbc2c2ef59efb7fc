"""A real SMTP server that behaves as a test says."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.rig.ports import LOOPBACK, free_port
from tests.rig.waiting import wait_for


class Post:
    """The server's side: the letters that came, and how it answers."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []
        """Replies to the next recipients ("550 no such person"); with none, all is well."""
        self.go_on = threading.Event()
        """Cleared, the server takes a letter's text and does not answer."""
        self.go_on.set()
        self.port = 0

    @property
    def url(self) -> str:
        """The address of the server, as EMAIL_URL says it."""
        return f"smtp://{LOOPBACK}:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the letters to one receiver."""
        return [letter for letter in self.letters if letter["To"] == address]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Answer as the test says."""
        if self.answers and not (answer := self.answers.pop(0)).startswith("2"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the letter."""
        if not self.go_on.is_set():
            await server.loop.run_in_executor(None, self.go_on.wait)
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


class _Connection(SMTP):
    """A client's connection, known to its server for as long as it is open."""

    def __init__(self, handler: Post, open_ones: set[_Connection], **options: Any) -> None:
        super().__init__(handler, **options)
        self._open_ones = open_ones

    def connection_made(self, transport: Any) -> None:
        self._open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._open_ones.discard(self)

    def break_off(self) -> None:
        """Close it, whatever the client still has to say."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Server(Controller):
    """A server that leaves no connection open: aiosmtpd's own stops its loop, and forgets them."""

    def __init__(self, post: Post) -> None:
        self._open_ones: set[_Connection] = set()
        super().__init__(post, hostname=LOOPBACK, port=post.port)

    def factory(self) -> SMTP:
        """Make the protocol of a new connection."""
        return _Connection(self.handler, self._open_ones, **self.SMTP_kwargs)

    def hang_up(self) -> None:
        """End every connection; return when all are closed."""
        for each in list(self._open_ones):
            self.loop.call_soon_threadsafe(each.break_off)
        wait_for(lambda: not self._open_ones, 10, "the SMTP connections to be closed")


@contextlib.contextmanager
def running() -> Iterator[Post]:
    """Give a server on a free port, and stop it in the end."""
    post = Post()
    post.port = free_port()
    server = _Server(post)
    server.start()
    try:
        yield post
    finally:
        post.go_on.set()
        server.hang_up()
        server.stop()
