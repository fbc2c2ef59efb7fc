"""Where the command speaks: answers on stdout, its own words on stderr; colours on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.core.management.base import OutputWrapper

PIPED_WIDTH = 200
"""Columns when nobody looks: wide enough that no cell is cut."""
_STYLES = {"green": "green", "amber": "yellow", "red": "bold red"}


class Terminal:
    """The two streams of one command, and whether its answers are JSON."""

    def __init__(self, out: OutputWrapper, err: OutputWrapper, *, as_json: bool = False) -> None:
        for stream in (out, err):
            stream.ending = ""
            stream.style_func = None
        self.out, self.err = _console(out), _console(err)
        self.as_json = as_json

    def write(self, lines: Iterable[str]) -> None:
        """Write lines to stdout as they are, at once."""
        self.out.file.write("".join(f"{line}\n" for line in lines))
        self.out.file.flush()

    def dump(self, value: Any) -> None:
        """Write `value` to stdout as one line of JSON."""
        self.write([json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)])

    def say(self, text: str, style: str = "") -> None:
        """Say something of our own, on stderr."""
        self.err.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)

    def finding(self, part: str, level: str, words: str, remedy: str) -> None:
        """Show how a part is, on stdout, and below it what to do."""
        shown = Text.assemble((f"{level:6}", _STYLES[level]), f" {part:9} {words}")
        if remedy:
            shown.append(f"\n       {'':9} → {remedy}", "bold")
        self.out.print(shown, soft_wrap=True, highlight=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show rows for a person, on stdout; the first column is never folded."""
        shown = Table(box=None, pad_edge=False, header_style="bold")
        for number, column in enumerate(columns):
            shown.add_column(column, no_wrap=number == 0, overflow="fold")
        for row in rows:
            shown.add_row(*row)
        self.out.print(shown, markup=False)


def _console(stream: OutputWrapper) -> Console:
    return Console(file=stream, width=None if stream.isatty() else PIPED_WIDTH)  # type: ignore[arg-type]
