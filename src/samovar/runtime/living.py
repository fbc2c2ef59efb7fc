"""Which workers live, as far as this process can tell."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Now

from samovar import conf
from samovar.models import Worker
from samovar.runtime import host


def living() -> list[Worker]:
    """Return the workers that take runs.

    Of this host's the lock tells at once; of others the last beat, which may be as old as a lease.
    """
    lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
    workers = Worker.objects.filter(is_stopping=False, seen_at__gte=Now() - lease)
    return [worker for worker in workers if not _is_gone(worker)]


def _is_gone(worker: Worker) -> bool:
    return worker.host_key == host.host_key() and host.is_free(worker.id)
