"""Find in a traceback's text the place that a reader can change."""

from __future__ import annotations

import re

FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+), in (?P<name>.+)$', re.MULTILINE)
FOREIGN = re.compile(r"/(?:site|dist)-packages/|/lib/python3|^<|/samovar/")


def own_frame(traceback: str) -> str:
    """Return the last frame that is neither a library's nor ours ("tasks.py:12 in job"), or ""."""
    own = [frame for frame in FRAME.finditer(traceback) if not FOREIGN.search(frame["file"])]
    if not own:
        return ""
    return "{file}:{line} in {name}".format(**own[-1].groupdict())
