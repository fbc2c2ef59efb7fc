"""Bells: datagram sockets in a folder. Whoever listens hangs one up; whoever has news rings one of
them.

A message is one datagram. It is kept nowhere: when nobody listens, or the listener has no room, it
is dropped.

# Note [Long paths]
The address of a socket holds at most 107 bytes, and a data folder may lie deep. So on Linux the
address names the open folder, `/proc/self/fd/<n>/<name>`, which is always short.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import secrets
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

LONGEST_MESSAGE = 128 * 1024
"""Bytes: what a datagram may hold with the kernel's default buffers."""

_HAS_OPEN_FILES = Path("/proc/self/fd").is_dir()

_BUSY = stat.S_IRUSR | stat.S_IWUSR
_IDLE = _BUSY | stat.S_IXUSR

_ringer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
_ringer.setblocking(False)
atexit.register(_ringer.close)


class Bell:
    """A listener's own socket in `folder`; nobody else reads it."""

    def __init__(self, folder: Path) -> None:
        self._name = f"{os.getpid()}.{secrets.token_hex(4)}"
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._hang()
        self.mark(is_busy=False)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the bell is rung."""
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """Return the oldest message, or None when there is none."""
        try:
            return self._socket.recv(LONGEST_MESSAGE)
        except BlockingIOError:
            return None

    def mark(self, *, is_busy: bool) -> None:
        """Tell ringers whether to try the others first."""
        with contextlib.suppress(FileNotFoundError):
            (self._folder / self._name).chmod(_BUSY if is_busy else _IDLE)

    def close(self) -> None:
        """Take the bell down, and the folder when it was the last one."""
        self._socket.close()
        (self._folder / self._name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    def _hang(self) -> None:
        """Bind the socket; another's `close` may take the folder away in between, so try again."""
        for attempt in range(9, -1, -1):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with _opened(self._folder) as descriptor:
                    self._socket.bind(_address(self._folder, descriptor, self._name))
            except FileNotFoundError:
                if not attempt:
                    raise
            else:
                return


def ring(folder: Path, message: bytes) -> bool:
    """Hand `message` to one listener of `folder`, an idle one if there is; answer whether somebody
    took it.

    Never blocks. Raises ValueError when the message is longer than a datagram may be.
    """
    if len(message) > LONGEST_MESSAGE:
        raise ValueError(
            f"A message of {len(message)} bytes: the doorbell carries at most {LONGEST_MESSAGE}."
        )
    try:
        with _opened(folder) as descriptor:
            return any(_send(folder, descriptor, name, message) for name in _names(descriptor))
    except FileNotFoundError:
        return False


def is_heard(folder: Path) -> bool:
    """Return whether a bell hangs in `folder` (its owner may have been killed)."""
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False


def file_name(name: str) -> str:
    """Return `name` as one that a folder can hold; different names stay different."""
    quoted = quote(name, safe="@")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _address(folder: Path, descriptor: int, name: str) -> str:
    """Return where the socket lies. See Note [Long paths]."""
    if _HAS_OPEN_FILES:
        return f"/proc/self/fd/{descriptor}/{name}"
    return str(folder / name)


def _names(descriptor: int) -> list[str]:
    """Return the listeners in the order in which to try them: idle ones first, else by chance."""
    names = os.listdir(descriptor)
    if len(names) > 1:
        random.shuffle(names)
        names.sort(key=lambda name: not _is_idle(descriptor, name))
    return names


def _is_idle(descriptor: int, name: str) -> bool:
    try:
        return bool(os.stat(name, dir_fd=descriptor).st_mode & stat.S_IXUSR)
    except FileNotFoundError:
        return False


def _send(folder: Path, descriptor: int, name: str, message: bytes) -> bool:
    try:
        _ringer.sendto(message, _address(folder, descriptor, name))
    except (BlockingIOError, FileNotFoundError):
        return False
    except ConnectionRefusedError:  # its owner was killed
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=descriptor)
        return False
    return True
