"""The files of runs.

They stand in the storage that a project calls "samovar" in its STORAGES, or else in the data
folder. Each has a path of its own in its run's folder, never used twice: a file whose row was not
written is no artifact of anything, and goes with the folder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import mimetypes
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, InvalidStorageError, Storage, storages

from samovar import conf
from samovar.models import Artifact

ALIAS = "samovar"
FOLDER = "artifacts"
PIECE = 1024 * 1024
UNKNOWN = "application/octet-stream"
BATCH = 100

Transact = Callable[[Callable[[], int]], int]
"""Does a function in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the storage; `size` in bytes."""

    name: str
    path: str
    size: int
    sha256: str
    media_type: str


class _Measured(File):  # type: ignore[type-arg] # Django's is not generic at run time
    """A file that is read once, piece by piece, and measured on the way."""

    def __init__(self, content: BinaryIO) -> None:
        super().__init__(content)
        self._content = content
        self.digest = hashlib.sha256()
        self.length = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the pieces from where the file stands."""
        while piece := self._content.read(chunk_size or PIECE):
            self.digest.update(piece)
            self.length += len(piece)
            yield piece


def storage() -> Storage:
    """Return where the files stand."""
    try:
        return storages[ALIAS]
    except InvalidStorageError:
        return FileSystemStorage(location=conf.options().DATA)


def store(run_id: uuid.UUID, name: str, content: BinaryIO) -> Stored:
    """Copy `content` into the storage as a file of the run. Raises OSError."""
    path = f"{FOLDER}/{run_id}/{uuid.uuid4().hex}"
    kind, encoding = mimetypes.guess_type(name)
    media_type = kind if kind and not encoding else UNKNOWN
    return Stored(name, *put(path, content), media_type)


def put(path: str, content: BinaryIO) -> tuple[str, int, str]:
    """Copy what is left of `content` into the storage, under `path` or a name near it; return
    where it stands, its size and its SHA-256. Raises OSError, and leaves nothing then.
    """
    measured, place = _Measured(content), storage()
    path = place.get_available_name(path)
    try:
        path = place.save(path, measured)
        _sync(place, path)
    except OSError:
        with contextlib.suppress(OSError):
            place.delete(path)
        raise
    return path, measured.length, measured.digest.hexdigest()


def _sync(place: Storage, path: str) -> None:
    """Have the disk hold a local file before its row is written: a row outlives a power cut."""
    try:
        whole = place.path(path)
    except NotImplementedError:
        return
    for each in (whole, os.path.dirname(whole)):  # noqa: PTH120 - a storage's path is a text
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def expire(before: dt.datetime, now: dt.datetime, transact: Transact) -> int:
    """Remove artifacts older than `before`, at most a batch; their rows stay, marked. Return how
    many.
    """
    rows = list(Artifact.old(before)[:BATCH])
    if not rows:
        return 0
    keys = [row.pk for row in rows]
    marked = transact(
        lambda: Artifact.old(before).filter(pk__in=keys).order_by().update(expired_at=now)
    )
    for row in Artifact.objects.filter(pk__in=keys, expired_at=now):
        storage().delete(row.path)
    return marked


def remove_of(run_id: uuid.UUID) -> None:
    """Delete all files of a run; those that are gone already are no fault."""
    folder, place = f"{FOLDER}/{run_id}", storage()
    try:
        _folders, names = place.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        place.delete(f"{folder}/{name}")
    place.delete(folder)
