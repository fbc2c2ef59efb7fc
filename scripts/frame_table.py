"""Frames of a network as a table that can be read: each with its direction, time and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; background: #fff; color: #1c1917; }}
table {{ border-collapse: collapse; width: 100%; font: 14px/1.45 "DejaVu Sans", sans-serif; }}
td {{ padding: 6px 10px; border-block-start: 1px solid #e0dcd6; vertical-align: top; }}
td.text {{ font: 12.5px/1.5 "DejaVu Sans Mono", monospace; }}
td.text {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
td.at {{ font-variant-numeric: tabular-nums; color: #6b645c; white-space: nowrap; }}
tr.sent {{ background: #f3efe8; }}
b {{ color: #8a2f0b; }}
</style><table>{rows}</table>"""
ROW = """<tr class="{kind}"><td>{direction}</td><td class="at">{at:.2f} s</td>
<td class="text">{text}</td></tr>"""
TOLD = re.compile(r"(&quot;(?:token|connect|event|text|typing)&quot;: )(&quot;.*?&quot;|true)")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: `direction` is "↑" or "↓", `at` the seconds since the page was opened."""

    direction: str
    at: float
    text: str


def html(frames: list[Frame]) -> str:
    """Return a page with the table of the frames."""
    return PAGE.format(rows="".join(map(_row, frames)))


def _row(frame: Frame) -> str:
    kind = "sent" if frame.direction == "↑" else "come"
    text = TOLD.sub(r"\1<b>\2</b>", escape(_spaced(frame.text)))
    return ROW.format(kind=kind, direction=frame.direction, at=frame.at, text=text)


def _spaced(text: str) -> str:
    """Return JSON with a space behind each comma and colon, so that it may be wrapped there."""
    head, brace, rest = text.partition("{")
    return head + json.dumps(json.loads(brace + rest), ensure_ascii=False) if brace else text
