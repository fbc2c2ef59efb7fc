"""A worker as a person starts it by hand, beside a site of a test's own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.rig.site import ROOT, Site
from tests.rig.waiting import wait_for

OURS = ("manage.py", "samovar", "worker")
CELERY = ("-m", "celery", "-A", "config")
READY_SECONDS = 60
STOP_SECONDS = 30
ANSWER_SECONDS = 20


class Worker:
    """A process of `command` in the site's data folder."""

    def __init__(self, site: Site, *options: str, command: Sequence[str] = OURS) -> None:
        self.site = site
        self._path = site.data / f"worker-{time.monotonic_ns()}.log"
        with self._path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, *options],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the site's processes."""
        paths = f"{ROOT}:{ROOT / 'src'}:{ROOT / 'demo'}"
        return self.site._environ() | {"PYTHONPATH": paths}

    @property
    def log(self) -> str:
        """What the worker has printed."""
        return self._path.read_text(errors="replace")

    @property
    def alone(self) -> tuple[str, ...]:
        """What tells `celery inspect` and `celery control` to ask this worker, as it is called by
        itself, and to go on with its answer; else they wait for others until their time is up.
        """
        name = f"samovar-{self.process.pid}@{socket.gethostname()}"
        return ("--destination", name, "--timeout", str(ANSWER_SECONDS))

    def wait_until_ready(self) -> None:
        """Return when the worker hears messages."""
        wait_for(self._is_ready, READY_SECONDS, "the worker to be ready")

    def heard(self, word: str) -> list[list[object]]:
        """Return what the test project's signal receivers wrote down about `word`."""
        path = Path(self.site.data, "heard")
        lines = path.read_text().splitlines() if path.exists() else []
        return [entry for line in lines if (entry := json.loads(line))[0] == word]

    def run(self, job: str, *params: str) -> str:
        """Submit a run by the command, and return its id."""
        return self.site.manage("samovar", "run", job, *params, "--detach").stdout.strip()

    def celery(self, *argv: str) -> str:
        """Return what `celery -A config` prints."""
        done = subprocess.run(
            [sys.executable, *CELERY, *argv],
            check=False,
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout + done.stderr

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send `number` to the process; return the seconds that its end took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS)
        return time.monotonic() - began

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"The worker ended at its start:\n{self.log}")
        return " ready." in self.log


@contextlib.contextmanager
def started(site: Site, *options: str, command: Sequence[str] = OURS) -> Iterator[Worker]:
    """Start a worker without waiting for it; kill all of it in the end."""
    worker = Worker(site, *options, command=command)
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
            os.kill(worker.process.pid, signal.SIGKILL)
            worker.process.wait(STOP_SECONDS)


@contextlib.contextmanager
def running(site: Site, *options: str, command: Sequence[str] = OURS) -> Iterator[Worker]:
    """Start a worker, and wait until it hears messages."""
    with started(site, *options, command=command) as worker:
        worker.wait_until_ready()
        yield worker
