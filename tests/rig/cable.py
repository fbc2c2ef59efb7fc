"""A TCP line to a port of this machine that a test can cut, mend and make deaf."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.rig.ports import LOOPBACK

BYTES = 65536


class Cable:
    """Forward a port of its own at `host` to `port` of this machine, until it is cut."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self._target = port
        self._is_cut = False
        self._ends: set[socket.socket] = set()
        self._deaf: set[socket.socket] = set()
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        self._is_cut = True
        for end in list(self._ends):
            _break(end)

    def deafen(self) -> int:
        """Let every connection stay open and carry nothing more, as when a router has forgotten
        it; return how many there were. New ones are carried.
        """
        fresh = self._ends - self._deaf
        self._deaf |= fresh
        return len(fresh) // 2

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        _break(self._listener)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    _break(near)
                    continue
                try:
                    far = socket.create_connection((LOOPBACK, self._target))
                except OSError:
                    _break(near)
                    continue
                self._ends |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(BYTES):
                if source not in self._deaf:
                    sink.sendall(data)
        for end in (source, sink):
            self._ends.discard(end)
            self._deaf.discard(end)
            _break(end)


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
