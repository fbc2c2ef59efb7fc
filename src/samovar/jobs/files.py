"""A parameter that is a file: what the ledger keeps of it, and what the body gets.

# Note [A file's way]
A file comes with a form, a request, a path or from code. Validation hashes it and makes its
*reference*: name, size, SHA-256 and the content type that the sender claims. The reference still
holds the open file. Only when all params are valid does `submit` copy it into the storage. From
then on the reference is all that the run has of it, and the runner opens the file again by it.
"""

from __future__ import annotations

import hashlib
import mimetypes
import types
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Union, get_args, get_origin

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, WithJsonSchema

from samovar.exceptions import InvalidJob
from samovar.jobs import ports

PIECE = 1024 * 1024
LONGEST_NAME = 150
LONGEST_TYPE = 100
UNKNOWN = "application/octet-stream"
MEMBERS = frozenset({"name", "size", "sha256", "content_type"})

_File = Annotated[dict[str, Any], WithJsonSchema({"type": "string", "format": "binary"})]
ADAPTER: TypeAdapter[Any] = TypeAdapter(_File)
OPTIONAL_ADAPTER: TypeAdapter[Any] = TypeAdapter(_File | None)


class Reference(dict[str, Any]):
    """What the ledger keeps of a file; `content` is the open file until it is in the storage."""

    def __init__(self, members: Mapping[str, Any], content: File[bytes] | None = None) -> None:
        super().__init__(members)
        self.content = content


class BadFile(ValueError):
    """What was given is no file that a job can take; the (lazy) message says what would be."""


def is_optional(annotation: Any) -> bool | None:
    """Return whether a parameter of this annotation may be left without a file; None when it is
    no parameter for files. Raises InvalidJob for a file inside something else.
    """
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if bare is UploadedFile:
        return False
    if get_origin(bare) in {Union, types.UnionType}:
        members = set(get_args(bare))
        if UploadedFile in members and members <= {UploadedFile, types.NoneType}:
            return True
    if any(isinstance(part, type) and issubclass(part, File) for part in _parts(annotation)):
        raise InvalidJob(
            "a file is taken as `UploadedFile` or `UploadedFile | None`, from "
            "`django.core.files.uploadedfile`; several files come as one archive."
        )
    return None


def refer(value: Any) -> Reference:
    """Return the reference of an open file. Raises BadFile."""
    if isinstance(value, Reference):
        return value
    file = value if isinstance(value, File) else _wrapped(value)
    sha256, size = _measured(file)
    if not size:
        raise BadFile(_("This file is empty."))
    members = {
        "name": _name(file.name),
        "size": size,
        "sha256": sha256,
        "content_type": _claimed(file),
    }
    return Reference(members, file)


def open_stored(stored: Any) -> UploadedFile[bytes]:
    """Return the file of a stored reference, open. Raises BadFile when it is there no more."""
    if not isinstance(stored, dict) or not stored.keys() >= MEMBERS:
        raise BadFile(_("Choose a file."))
    try:
        content = ports.open_upload()(stored["sha256"])
    except FileNotFoundError:
        raise BadFile(_("The file is not in the storage any more. Send it again.")) from None
    return UploadedFile(content, stored["name"], stored["content_type"], stored["size"])


def close(arguments: Mapping[str, Any]) -> None:
    """Close the files that a body was called with, or those that params still hold."""
    for value in arguments.values():
        file = value.content if isinstance(value, Reference) else value
        if isinstance(file, File):
            file.close()


def _wrapped(value: Any) -> File[bytes]:
    """Return a binary file of Python as Django's."""
    if not hasattr(value, "read"):
        raise BadFile(_("Send a file here, as a part of multipart/form-data."))
    name = getattr(value, "name", None)
    return File(value, name=name if isinstance(name, str) else None)


def _measured(file: File[bytes]) -> tuple[str, int]:
    """Return digest and size; whoever received the file may have counted them on the way."""
    if (known := getattr(file, "sha256", None)) is not None:
        return known, file.size
    digest, size = hashlib.sha256(), 0
    try:
        for piece in file.chunks(PIECE):
            digest.update(piece)
            size += len(piece)
        file.seek(0)
    except (TypeError, ValueError, OSError):
        raise BadFile(
            _("This file cannot be read. Open it in binary mode, from its beginning.")
        ) from None
    return digest.hexdigest(), size


def _name(given: str | None) -> str:
    """Return a file's name without a folder and without characters that nobody sees."""
    shown = "".join(sign for sign in PurePath(given or "").name if sign.isprintable())
    path = PurePath(shown.strip() or "file")
    return path.stem[: LONGEST_NAME - len(path.suffix[:20])] + path.suffix[:20]


def _claimed(file: File[bytes]) -> str:
    claimed = getattr(file, "content_type", None) or mimetypes.guess_type(file.name or "")[0]
    is_fit = isinstance(claimed, str) and claimed.isascii() and claimed.isprintable()
    return claimed[:LONGEST_TYPE] if claimed and is_fit else UNKNOWN


def _parts(annotation: Any) -> list[Any]:
    return [annotation, *(one for part in get_args(annotation) for one in _parts(part))]
