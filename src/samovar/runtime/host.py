"""Liveness on one host: each worker's tree holds a lock that the kernel frees when the last of it
is gone.

No clock is asked. `host_key` says who can judge a lock: processes of one boot, one pid namespace
and one lock folder. Each such host has a folder of its own in it, so a look at the locks needs no
look into the ledger.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from samovar import conf

_SUFFIX = ".lock"


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
    """Take the worker's lock; return its descriptor, which the tree inherits.

    Do it before the worker's row is written: a row whose lock is free is a dead worker's.
    """
    while True:
        descriptor = _open(_path(worker_id))
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_current(descriptor, _path(worker_id)):
            return descriptor
        os.close(descriptor)


def is_free(worker_id: uuid.UUID) -> bool:
    """Return whether nothing of the worker's tree is left on this host."""
    descriptor = _seize(_path(worker_id), create=False)
    if descriptor is not None:
        os.close(descriptor)
        return True
    return not _path(worker_id).exists()


def take_over(worker_id: uuid.UUID) -> int | None:
    """Take the lock of a worker whose tree is gone; None while any of it lives.

    Whoever gets the lock is the only rescuer of that worker's runs; `leave` ends it.
    """
    return _seize(_path(worker_id), create=True)


def take_over_dead() -> Iterator[tuple[uuid.UUID, int]]:
    """Yield each worker of this host whose tree is gone, with its lock (see `take_over`)."""
    with os.scandir(_folder()) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(_SUFFIX)]
    for name in names:
        descriptor = _seize(_folder() / name, create=False)
        if descriptor is not None:
            yield uuid.UUID(name.removesuffix(_SUFFIX)), descriptor


def leave(worker_id: uuid.UUID, descriptor: int) -> None:
    """Give up a lock and remove its file: the worker's identity never comes back."""
    _path(worker_id).unlink(missing_ok=True)
    os.close(descriptor)


def _seize(path: Path, *, create: bool) -> int | None:
    """Take a lock that nobody holds; None when somebody does, or when its file is gone."""
    try:
        descriptor = _open(path) if create else os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if _is_current(descriptor, path):
        return descriptor
    os.close(descriptor)
    return None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _is_current(descriptor: int, path: Path) -> bool:
    """Return whether the locked file is still the one of this name: a rescuer removes them."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _path(worker_id: uuid.UUID) -> Path:
    return _folder() / f"{worker_id}{_SUFFIX}"


@functools.cache
def _folder() -> Path:
    name = hashlib.sha256(host_key().encode()).hexdigest()[:16]
    folder = conf.options().locks / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
