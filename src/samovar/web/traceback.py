"""Find in a traceback's text the place that a reader can change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FRAME = re.compile(
    r'^  File "(?P<file>.+)", line (?P<line>\d+), in (?P<name>.+)\n(?:    (?P<source>.*))?',
    re.MULTILINE,
)
FOREIGN = re.compile(r"/(?:site|dist)-packages/|/lib/python3|^<")
OURS = f"{Path(__file__).parents[1]}/"


class Frame(NamedTuple):
    """A place in somebody's code; `source` is its line, "" when unknown."""

    file: str
    line: int
    name: str
    source: str

    @property
    def file_name(self) -> str:
        """The file without its folders."""
        return Path(self.file).name

    def __str__(self) -> str:
        """Return the place as editors and people take it."""
        return f"{self.file}:{self.line} in {self.name}"


def own_frame(traceback: str) -> Frame | None:
    """Return the last frame that is neither a library's nor ours; None when there is none."""
    own = [found for found in FRAME.finditer(traceback) if not _is_foreign(found["file"])]
    if not own:
        return None
    last = own[-1]
    return Frame(last["file"], int(last["line"]), last["name"], last["source"] or "")


def _is_foreign(file: str) -> bool:
    return file.startswith(OURS) or FOREIGN.search(file) is not None
