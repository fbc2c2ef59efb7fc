"""Jobs that are given files."""

from __future__ import annotations

from typing import Annotated

from django.core.files.uploadedfile import UploadedFile
from pydantic import Field

from samovar import job


@job(name="uploads_count")
def count(
    table: UploadedFile, times: Annotated[int, Field(ge=1, le=9)] = 1
) -> dict[str, str | int]:
    """Count the bytes of a table.

    Args:
        table: The table.
    """
    read = len(table.read())
    table.seek(0)
    return {
        "name": table.name,
        "size": table.size,
        "read": read * times,
        "type": table.content_type,
    }


@job(name="uploads_perhaps", confirm="Really.")
def perhaps(note: UploadedFile | None = None) -> str | None:
    """Take a note, or none."""
    return note.read().decode() if note else None


@job(name="uploads_once", unique="scan")
def once(scan: UploadedFile) -> None:
    """Take each file once at a time."""
