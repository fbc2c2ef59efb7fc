"""The server's listening socket."""

from __future__ import annotations

import asyncio
import socket

import pytest

from samovar.management import serving
from tests.rig.loop import run_in_a_loop

pytestmark = pytest.mark.integration


def test_an_answer_on_a_kept_connection_is_sent_at_once():
    async def accepted() -> int:
        found = asyncio.get_running_loop().create_future()

        async def meet(_reader, writer) -> None:
            peer = writer.get_extra_info("socket")
            found.set_result(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = serving.bind("127.0.0.1", 0, ipv6=False)
        async with await asyncio.start_server(meet, sock=listener) as server:
            _reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            answer = await found
            writer.close()
            await writer.wait_closed()
        return answer

    assert run_in_a_loop(accepted)


@pytest.mark.django_db
def test_the_address_is_told_at_once_into_a_file_too(site):
    assert f"at {site.url}/" in site.log
