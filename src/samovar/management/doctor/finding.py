"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a part is: well; working, but not as it should; not working."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is, in words, and what to do about it."""

    part: str
    level: Level
    words: str
    remedy: str = ""


def green(part: str, words: str) -> Finding:
    """Return that `part` is well."""
    return Finding(part, Level.GREEN, words)


def amber(part: str, words: str, remedy: str) -> Finding:
    """Return that `part` works, but not as it should."""
    return Finding(part, Level.AMBER, words, remedy)


def red(part: str, words: str, remedy: str) -> Finding:
    """Return that `part` does not work."""
    return Finding(part, Level.RED, words, remedy)
