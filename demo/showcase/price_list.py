"""A list of prices as people type it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

EXAMPLE = "Green tea; 4.50\nBlack tea; four\nLemon\nSugar; -1"


class Fault(NamedTuple):
    """A line that cannot be taken: its number, its text, and what is wrong with it."""

    number: int
    text: str
    why: str


class BadLines(ValueError):
    """Some lines cannot be taken; nothing was."""

    def __init__(self, faults: Sequence[Fault], right: int) -> None:
        words = ngettext(
            "{count} line of {all} cannot be taken, so none was. The table faults.csv says what "
            "is wrong with it; mend it and start again.",
            "{count} lines of {all} cannot be taken, so none was. The table faults.csv says what "
            "is wrong with each; mend them and start again.",
            len(faults),
        )
        super().__init__(words.format(count=len(faults), all=len(faults) + right))


def read(text: str) -> tuple[dict[str, Decimal], list[Fault]]:
    """Return the prices of the lines that are right, and the faults of the others."""
    taken: dict[str, Decimal] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        name, has_price, price = (part.strip() for part in line.partition(";"))
        try:
            taken[name] = _price(price if has_price else None)
        except ValueError as error:
            faults.append(Fault(number, line, str(error)))
    return taken, faults


def report(faults: Sequence[Fault]) -> bytes:
    """Return the faults as a table."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([_("line"), _("text"), _("what is wrong")])
    writer.writerows(faults)
    return target.getvalue().encode()


def _price(text: str | None) -> Decimal:
    if text is None:
        raise ValueError(_("A semicolon and the price are missing."))
    try:
        price = Decimal(text)
    except InvalidOperation:
        words = _("{text} is no price. Write it as 4.50.")
        raise ValueError(words.format(text=text)) from None
    if not price.is_finite() or price < 0:
        raise ValueError(_("A price cannot be negative."))
    return price
