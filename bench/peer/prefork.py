"""Plain Celery: prefork, Redis, results ignored; it keeps nothing of what it did."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("peer", broker=os.environ.get("PEER_BROKER", "redis://localhost"))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4)


@app.task
def noop() -> None:
    """Do nothing."""
