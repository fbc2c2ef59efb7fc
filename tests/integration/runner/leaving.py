"""Jobs that leave something behind, and one that looks for it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from samovar import job

logger = logging.getLogger("tests.jobs")

GRANDCHILD = "trap '' TERM INT; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done"


@job
def leave_grandchild(how: str) -> int:
    """Start a process that wants to get away, say its id, and end in one of the ways."""
    child = subprocess.Popen(
        ["/usr/bin/env", "-i", "/usr/bin/setsid", "--fork", "/bin/sh", "-c", GRANDCHILD],
        stdout=subprocess.PIPE,
        text=True,
    )
    grandchild = int(child.stdout.readline())
    child.stdout.close()
    child.wait()
    print(grandchild, flush=True)
    if how == "return":
        return grandchild
    if how == "raise":
        raise ValueError("an error")
    if how == "exit":
        os._exit(0)
    time.sleep(60)
    return 0


@job
def leave_thread() -> int:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return os.getpid()


@job
def leave_changes() -> int:
    os.environ["LEFT"] = "1"
    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout = sys.stderr
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.CRITICAL)
    return os.getpid()


@job
def find_changes() -> dict[str, Any]:
    logger.info("logged")
    print("printed")
    return {
        "pid": os.getpid(),
        "left": os.environ.get("LEFT"),
        "folder": str(Path.cwd()),
        "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "descriptors": sorted(_descriptors()),
    }


def _descriptors() -> Iterator[str]:
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            yield str(link.readlink())


@job
def fork_and_return() -> int:
    parent = os.getpid()
    if os.fork():
        os.wait()
    return parent if parent == os.getpid() else 0


@job
def close_streams(seconds: float) -> None:
    for number in (1, 2):
        os.close(number)
    time.sleep(seconds)


@job
def close_all(opens: str = "") -> None:
    """Close descriptors as a daemon does; `opens` is a file to open in the place of each."""
    os.closerange(3, 256)
    if opens:
        files = [os.open(opens, os.O_WRONLY | os.O_CREAT, 0o600) for _ in range(64)]
        print(len(files))


@job
def leave_writer() -> int:
    """Leave a child that floods the log until it is killed."""
    flood = subprocess.Popen(["yes"])
    return flood.pid


@job
def leave_transaction() -> int:
    atomic = transaction.atomic()
    atomic.__enter__()
    connection.cursor().execute("SELECT 1")
    return os.getpid()
