"""Jobs that are only asked for here, never performed."""

from __future__ import annotations

from samovar import Limit, Retry, artifact, job


@job(name="ledger_counted")
def counted(number: int = 1) -> int:
    """Count."""
    return number


@job(name="ledger_stubborn", retry=Retry(attempts=3, backoff=2.0), crashes=2)
def stubborn() -> None:
    """Be tried again."""


@job(name="ledger_lone", unique="account")
def single(account: int, note: str = "") -> None:
    """Be asked for twice."""


@job(name="ledger_prompt", expires=60)
def prompt() -> None:
    """Begin within a minute, or never."""


@job(name="ledger_pair", concurrency=2)
def pair(number: int = 0) -> None:
    """Run beside one other."""


@job(name="ledger_per_user", concurrency=Limit(1, key="user"))
def per_user(user: int) -> None:
    """Run once for each user."""


@job(name="ledger_paced", rate="3/m", retry=Retry(attempts=9, backoff=0))
def paced() -> None:
    """Begin three times a minute."""


@job(name="ledger_summed")
def summed(first: int, second: int) -> int:
    """Take two numbers."""
    return first + second


@job(name="ledger_bare")
def bare() -> None:
    """Take nothing."""


@job(name="ledger_alone", unique=True)
def lone() -> None:
    """Be one at a time."""


def _room(number: int) -> str:
    raise LookupError("no such room")


@job(name="ledger_keyless", unique=_room)
def keyless(number: int) -> None:
    """Have a key that cannot be made."""


@job(name="ledger_letter_writer")
def letter_writer(name: str = "letter.txt") -> None:
    """Leave files."""
    artifact(name, b"Dear Anna")
    artifact("twice.bin", b"old")
    artifact("twice.bin", b"new")
