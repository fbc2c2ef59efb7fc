"""Start the site as a person does, in a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its address, its data folder and its first process."""

    url: str
    data: Path
    pid: int


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of the benchmark's processes."""
    inherited = {key: value for key, value in os.environ.items() if key != "RUN_MAIN"}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "SAMOVAR_DATA": str(data),
        "PYTHONPATH": str(REPOSITORY),
        **more,
    }


def manage(environ: dict[str, str], *argv: str) -> str:
    """Run `manage.py` to its end and return what it printed."""
    command = [sys.executable, "manage.py", *argv]
    done = subprocess.run(command, cwd=REPOSITORY, env=environ, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


@contextlib.contextmanager
def running_site(*options: str, **variables: str) -> Iterator[Site]:
    """Serve the site with its embedded worker until the block ends."""
    with tempfile.TemporaryDirectory(prefix="samovar-bench-") as folder:
        environ = environment(Path(folder), **variables)
        manage(environ, "migrate", "-v0")
        port = _free_port()
        with (Path(folder) / "site.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", str(port), *options],
                cwd=REPOSITORY,
                env=environ,
                stdout=log,
                stderr=log,
            )
        site = Site(f"http://127.0.0.1:{port}", Path(folder), process.pid)
        try:
            _wait_for(f"{site.url}/readyz")
            yield site
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
