"""What a page shows of a run's files: pictures, the head of a table or of a text."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samovar.runtime import files

if TYPE_CHECKING:
    from samovar.models import Artifact, Run

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What is shown in the page; an SVG could bring a script."""
HEAD_BYTES = 16 * 1024
ROWS, COLUMNS, LINES = 20, 12, 30
MOST = 20
"""Files that are looked into for one page."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as the page shows it: a picture, `rows` of a table, the `text` it begins with, or
    only its name.
    """

    artifact: Artifact
    is_picture: bool = False
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""


def previews(run: Run) -> list[Preview]:
    """Return the run's files in the order in which they were made."""
    found = list(run.artifacts.order_by("pk"))
    return [
        _preview(artifact) if number < MOST else Preview(artifact)
        for number, artifact in enumerate(found)
    ]


def _preview(artifact: Artifact) -> Preview:
    if artifact.expired_at is not None:
        return Preview(artifact)
    if artifact.media_type in PICTURES:
        return Preview(artifact, is_picture=True)
    if not artifact.media_type.startswith("text/") or artifact.media_type == "text/html":
        return Preview(artifact)
    lines = _head(artifact)
    if artifact.media_type == "text/csv":
        rows = [row[:COLUMNS] for row in csv.reader(lines[:ROWS])]
        return Preview(artifact, rows=rows)
    return Preview(artifact, text="\n".join(lines[:LINES]))


def _head(artifact: Artifact) -> list[str]:
    """Return the whole lines that the file begins with; none when it cannot be read."""
    try:
        with files.storage().open(artifact.path) as file:
            head: bytes = file.read(HEAD_BYTES)
    except OSError:
        return []
    text = head.decode("utf-8", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    whole = text.splitlines()
    return whole if artifact.size <= HEAD_BYTES or len(whole) < 2 else whole[:-1]  # noqa: PLR2004 - a line that was cut
