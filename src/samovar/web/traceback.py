"""Find in a traceback's text the place that a reader can change."""

from __future__ import annotations

import re
from pathlib import Path

FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+), in (?P<name>.+)$', re.MULTILINE)
FOREIGN = re.compile(r"/(?:site|dist)-packages/|/lib/python3|^<")
OURS = f"{Path(__file__).parents[1]}/"


def own_frame(traceback: str) -> str:
    """Return the last frame that is neither a library's nor ours ("tasks.py:12 in job"), or ""."""
    own = [frame for frame in FRAME.finditer(traceback) if not _is_foreign(frame["file"])]
    return "{file}:{line} in {name}".format(**own[-1].groupdict()) if own else ""


def _is_foreign(file: str) -> bool:
    return file.startswith(OURS) or FOREIGN.search(file) is not None
