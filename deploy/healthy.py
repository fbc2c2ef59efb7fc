"""Tell Docker whether the process of this container does its work: `python healthy.py web`.

It is asked every few seconds, so it loads neither Django nor Celery.
"""

from __future__ import annotations

import os
import socket
import sys
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

SECONDS = 3


def web() -> bool:
    """Return whether the web process answers."""
    return _answers(8000, "/healthz")


def flower() -> bool:
    """Return whether Flower answers; this page of its asks for no password."""
    return _answers(5555, "/healthcheck")


def worker() -> bool:
    """Return whether the ledger has heard of this container's worker within a lease."""
    import psycopg

    lease = float(os.environ.get("SAMOVAR_LEASE_SECONDS") or 30)
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=SECONDS) as connection:
        found = connection.execute(
            "SELECT 1 FROM samovar_worker WHERE host = %s"
            " AND seen_at > clock_timestamp() - make_interval(secs => %s)",
            [socket.gethostname(), lease],
        )
        return found.fetchone() is not None


def beat() -> bool:
    """Return whether beat's process is there: it has no door to knock at."""
    lines = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
    return any(b"\0beat\0" in line for line in lines)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", path)
    return connection.getresponse().status == HTTPStatus.OK


if __name__ == "__main__":
    checks = {"web": web, "flower": flower, "worker": worker, "beat": beat}
    sys.exit(not checks[sys.argv[1]]())
