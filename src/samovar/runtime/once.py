"""Submit once: a request that is sent again finds the run of its first time."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError

from samovar import transactions
from samovar.exceptions import SamovarError
from samovar.models import IdempotencyKey, Run


class KeyTaken(SamovarError):
    """The caller has sent this key with another request."""


def submit_once(submit: Callable[[], Run], *, caller: str, key: str, fingerprint: str) -> Run:
    """Return the run that `submit` writes, or the one that it wrote when `key` came first.

    Key and run are written in one transaction, so of requests at the same time one makes the run
    and the others find it. Raises KeyTaken when the first request had another fingerprint.
    """
    if (known := _find(caller, key)) is None:
        try:
            with transactions.write():
                run = submit()
                IdempotencyKey.objects.create(
                    caller=caller, key=key, fingerprint=fingerprint, run=run
                )
                return run
        except IntegrityError:
            # Another request has won. Whatever else was wrong shows itself by no key.
            if (known := _find(caller, key)) is None:
                raise
    if known.fingerprint != fingerprint:
        raise KeyTaken(key)
    return known.run


def _find(caller: str, key: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.select_related("run").filter(caller=caller, key=key).first()
