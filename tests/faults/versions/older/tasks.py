"""Jobs as they were."""

from __future__ import annotations

from samovar import job


@job
def brew(cups: int) -> int:
    """Make tea."""
    return cups


@job
def steep(leaf: str, minutes: int = 3) -> str:
    """Wait for the tea."""
    return f"{leaf} for {minutes} minutes"


@job(after="form")
def retire(cups: int = 1) -> int:
    """Put cups away; newer code does so no more."""
    print("put away", cups)
    return cups
