"""Jobs as they are: `brew` asks for more, `steep` for less, `retire` is gone, others are new."""

from __future__ import annotations

from samovar import job


@job
def brew(cups: int, kind: str) -> str:
    """Make tea of a kind."""
    return f"{cups} cups of {kind}"


@job
def steep(leaf: str) -> str:
    """Wait for the tea."""
    return leaf


@job
def pour(cups: int = 1) -> int:
    """Fill cups."""
    return cups


@job(rate="1/s")
def sip(number: int) -> int:
    """Drink, slowly."""
    return number
