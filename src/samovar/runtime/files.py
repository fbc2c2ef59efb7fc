"""The files of runs.

They stand in the storage that a project calls "samovar" in its STORAGES, or else in the data
folder. Each has a path of its own in its run's folder, never used twice: a file whose row was not
written is no artifact of anything, and goes with the folder.
"""

from __future__ import annotations

import hashlib
import mimetypes
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, InvalidStorageError, Storage, storages

from samovar import conf

ALIAS = "samovar"
FOLDER = "artifacts"
PIECE = 1024 * 1024
UNKNOWN = "application/octet-stream"


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
    measured = _Measured(content)
    path = storage().save(f"{FOLDER}/{run_id}/{uuid.uuid4().hex}", measured)
    kind, encoding = mimetypes.guess_type(name)
    media_type = kind if kind and not encoding else UNKNOWN
    return Stored(name, path, measured.length, measured.digest.hexdigest(), media_type)


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
