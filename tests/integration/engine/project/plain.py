"""Plain Celery tasks, which are no jobs."""

from __future__ import annotations

from typing import Any

from celery import shared_task


@shared_task(name="plain.add")
def add(first: int, second: int) -> int:
    return first + second


@shared_task(name="plain.charge")
def charge(user: str, password: str, card: dict[str, Any]) -> None:
    """Charge nobody."""


@shared_task(name="plain.fail")
def fail(why: str) -> None:
    raise LookupError(why)


@shared_task(name="plain.give_set")
def give_set() -> set[int]:
    return {1}


@shared_task(name="plain.once_more", bind=True, default_retry_delay=0)
def once_more(self: Any) -> str:
    if not self.request.retries:
        raise self.retry(exc=ConnectionError("away"))
    return "done"
