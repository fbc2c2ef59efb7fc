"""Jobs whose start is guarded, for the tests of pages and API."""

from __future__ import annotations

from samovar import job


@job(name="asked_permitted", permission="samovar.add_run")
def permitted() -> None:
    """Need a permission of Django's."""


@job(name="asked_superuser", permission=lambda user: user.is_superuser)
def for_superusers() -> None:
    """Ask a function who may."""


@job(name="asked_broken", permission=lambda user: user.nothing_of_the_kind)
def broken() -> None:
    """Ask a function that fails."""


@job(name="asked_confirmed", confirm="This deletes all orders.")
def confirmed(number: int = 1) -> None:
    """Be agreed to."""
