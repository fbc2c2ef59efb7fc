"""Read a zip that a stranger has sent: nothing of it is written anywhere by its own name."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from typing import IO

MOST_ENTRIES = 1000
MOST_BYTES = 20 * 1024 * 1024
"""Of one entry, unpacked."""
MOST_IN_ALL = 300 * 1024 * 1024
MOST_RATIO = 200
"""How many times larger than packed; a picture hardly packs at all."""

_ENCRYPTED = 1


class Skipped(Exception):
    """An entry is left out; the message says why."""


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive. Raises ValueError for a file that is none."""
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        raise ValueError(_("This is no zip archive, or a damaged one. Pack it again.")) from None


def entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files in the archive. Raises ValueError when it holds too much."""
    found = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not found:
        raise ValueError(_("The archive is empty. Put pictures into it."))
    if len(found) > MOST_ENTRIES:
        words = ngettext(
            "The archive has {count} file; at most {most} are taken. Split it.",
            "The archive has {count} files; at most {most} are taken. Split it.",
            len(found),
        )
        raise ValueError(words.format(count=len(found), most=MOST_ENTRIES))
    size = sum(entry.file_size for entry in found if not is_bomb(entry))
    if size > MOST_IN_ALL:
        words = _("Unpacked, the archive has {size}; at most {most} are taken. Split it.")
        told = {"size": filesizeformat(size), "most": filesizeformat(MOST_IN_ALL)}
        raise ValueError(words.format(**told))
    return found


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return what the entry holds. Raises Skipped."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise Skipped(_("its name leads out of the archive"))
    if entry.flag_bits & _ENCRYPTED:
        raise Skipped(_("it needs a password"))
    if is_bomb(entry):
        raise Skipped(_("it unpacks to more than {most} times its size").format(most=MOST_RATIO))
    if entry.file_size > MOST_BYTES:
        raise Skipped(_too_large())
    if not entry.file_size:
        raise Skipped(_("it is empty"))
    return _unpacked(archive, entry)


def is_bomb(entry: zipfile.ZipInfo) -> bool:
    """Return whether the entry says of itself that it unpacks to far more than it is."""
    return entry.file_size > MOST_RATIO * max(entry.compress_size, 1)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content; the size that the archive tells may be a lie."""
    try:
        with archive.open(entry) as file:
            content = file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError):
        raise Skipped(_("it is damaged")) from None
    if len(content) > MOST_BYTES:
        raise Skipped(_too_large())
    return content


def _too_large() -> str:
    return _("it is larger than {most}").format(most=filesizeformat(MOST_BYTES))
