"""A docstring as people see it: the title, the help below it, and a word on each parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Returns|Return|Raises|Yields|Example|Examples):\s*$"
)
_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)$")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring; `parameters` has the texts of its `Args:` section by name."""

    title: str = ""
    help: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read(text: str | None) -> Docstring:
    """Take a docstring in Google's style apart: its first line, the prose, and `Args:`."""
    if not text:
        return Docstring()
    title, *rest = inspect.cleandoc(text).splitlines()
    prose: list[str] = []
    entries: list[str] = []
    section = ""
    for line in rest:
        if match := _SECTION.match(line):
            section = match[1]
        elif not section or (line and not line[0].isspace()):
            section = ""
            prose.append(line)
        elif section in {"Args", "Arguments", "Parameters"}:
            entries.append(line)
    return Docstring(_sentence(title), "\n".join(prose).strip(), dict(_parameters(entries)))


def _sentence(title: str) -> str:
    """Return a title without its full stop (an ellipsis stays)."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _parameters(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, text); a line that is indented deeper goes on with the text before it."""
    name, texts = "", [""]
    for line in inspect.cleandoc("\n" + "\n".join(lines)).splitlines():
        match = None if line[:1].isspace() else _ENTRY.match(line)
        if match:
            if name:
                yield name, " ".join(texts)
            name, texts = match["name"], [match["text"]]
        elif name and line.strip():
            texts.append(line.strip())
    if name:
        yield name, " ".join(texts)
