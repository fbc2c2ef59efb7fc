"""The beat: a worker renews all of its leases by one UPDATE, and learns which it still holds."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from samovar import conf
from samovar.models import Run, RunState, Worker


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker holds: `held` are its tokens that are still in force, `cancelling` those whose
    end was asked for.
    """

    held: frozenset[uuid.UUID]
    cancelling: frozenset[uuid.UUID]


def renew(
    worker_id: uuid.UUID, tokens: Sequence[uuid.UUID], register: Callable[[], object]
) -> Pulse:
    """Renew the leases of `tokens` and say that the worker lives; `register` writes its row anew
    when somebody has taken it for dead. Requires a transaction.
    """
    if not Worker.objects.filter(pk=worker_id).update(seen_at=Now()):
        register()
    if tokens:
        lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
        Run.objects.held_by(list(tokens)).update(lease_until=Now() + lease)
    return feel(tokens)


def feel(tokens: Sequence[uuid.UUID]) -> Pulse:
    """Return what is still held, without renewing it."""
    rows = list(Run.objects.held_by(list(tokens)).values_list("token", "state")) if tokens else []
    return Pulse(
        held=frozenset(token for token, _ in rows if token),
        cancelling=frozenset(t for t, state in rows if t and state == RunState.CANCELLING),
    )
