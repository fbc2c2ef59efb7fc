"""Messages: how the worker speaks with template and keepers. Each is one packet: a JSON object,
and descriptors beside it.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

_SIZE = 4096
_DESCRIPTORS = 4


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a new line for messages."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(line: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Send a message; the receiver gets copies of `descriptors`. Raises OSError when nobody
    listens any more.
    """
    socket.send_fds(line, [json.dumps(message).encode()], descriptors)


def receive(line: socket.socket, flags: int = 0) -> tuple[Message, list[int]] | None:
    """Wait for a message and return it with its descriptors; None when the other end is gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(
            line, _SIZE, _DESCRIPTORS, flags | socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionResetError:
        return None
    if not data:
        return None
    return json.loads(data), descriptors
