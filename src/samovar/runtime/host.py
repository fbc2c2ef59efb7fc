"""Liveness on one host: each worker's tree holds a lock that the kernel frees when the last of it
is gone.

No clock is asked. `host_key` says who can judge a lock: processes of one boot, one pid namespace
and one lock folder.
"""

from __future__ import annotations

import fcntl
import functools
import os
import uuid
from pathlib import Path

from samovar import conf


@functools.cache
def host_key() -> str:
    """Return what two processes have in common that can see each other's locks."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    boot_id = boot.read_text().strip() if boot.exists() else str(uuid.getnode())
    space = Path("/proc/self/ns/pid")
    pid_space = str(space.readlink()) if space.is_symlink() else ""
    folder = conf.options().locks
    folder.mkdir(parents=True, exist_ok=True)
    at = folder.stat()
    return f"{boot_id} {pid_space} {at.st_dev}:{at.st_ino}"


def hold(worker_id: uuid.UUID) -> int:
    """Take the worker's lock; return its descriptor, which the tree inherits."""
    descriptor = os.open(_path(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def take_over(worker_id: uuid.UUID) -> int | None:
    """Take the lock of a worker whose tree is gone; None while any of it lives.

    Whoever gets the lock is the only rescuer of that worker's runs; `leave` ends it.
    """
    descriptor = os.open(_path(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def leave(worker_id: uuid.UUID, descriptor: int) -> None:
    """Give up a lock and remove its file: the worker's identity never comes back."""
    _path(worker_id).unlink(missing_ok=True)
    os.close(descriptor)


def _path(worker_id: uuid.UUID) -> Path:
    folder = conf.options().locks
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{worker_id}.lock"
