"""A worker for tests: one slot that performs one attempt, under a lock as the real one.

Usage: worker.py LOCK. Prints the ids of worker, template, keeper, runner and of the grandchild.
"""

from __future__ import annotations

import fcntl
import os
import sys

import django

if __name__ == "__main__":
    django.setup()
    from samovar.runner.supervisor import Supervisor
    from samovar.runner.template import Template
    from tests.integration.runner import leaving  # noqa: F401 - its jobs enter the registry
    from tests.integration.runner.rig import Performance
    from tests.rig.waiting import wait_for

    lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    template = Template.start(lock)
    supervisor = Supervisor(template)
    attempt = Performance(supervisor, "leave_grandchild", how="wait")
    wait_for(lambda: attempt.heard.texts)
    keeper = supervisor._keeper
    pids = [os.getpid(), template.pid, keeper.pid, attempt.pid, int(attempt.heard.texts[0])]
    print(*pids, attempt.assignment.brand, flush=True)
    attempt.ending(100)
