"""Jobs that are only asked for here, never performed."""

from __future__ import annotations

from samovar import Retry, job


@job(name="ledger_counted")
def counted(number: int = 1) -> int:
    """Count."""
    return number


@job(name="ledger_stubborn", retry=Retry(attempts=3, backoff=2.0), crashes=2)
def stubborn() -> None:
    """Be tried again."""


@job(name="ledger_single", unique="account")
def single(account: int, note: str = "") -> None:
    """Be asked for twice."""


@job(name="ledger_prompt", expires=60)
def prompt() -> None:
    """Begin within a minute, or never."""
