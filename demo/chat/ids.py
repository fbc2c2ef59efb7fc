"""Ids as people and programs type them."""

from __future__ import annotations

DIGITS = 18
"""An id with more is none of a table's."""


def as_id(text: str) -> int | None:
    """Return the id that `text` spells; None when it spells none."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None
