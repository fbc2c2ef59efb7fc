"""The site under chaos: its processes, and whoever starts them again when they are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.tree import Process, marked
from tests.rig.ports import LOOPBACK, free_port
from tests.rig.site import ROOT

TEND_SECONDS = 0.05
STOP_SECONDS = 20


@dataclass(slots=True)
class Part:
    """One process that an operator would start, and have started again."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0


class Stand:
    """A site whose parts are started again as soon as they end."""

    def __init__(self, folder: Path, environ: Mapping[str, str], parts: Sequence[Part]) -> None:
        self.folder = folder
        self.parts = list(parts)
        self._environ = {**os.environ, **environ}
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._tender = threading.Thread(target=self._tend, name="tender", daemon=True)

    def start(self) -> None:
        """Start all parts, and begin to tend them."""
        self._tender.start()

    def stop(self) -> None:
        """End all parts, and whatever may be left of them."""
        self._stopping.set()
        self._tender.join()
        for part in self.parts:
            if part.process is not None and part.process.poll() is None:
                part.process.send_signal(signal.SIGTERM)
        for part in self.parts:
            if part.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    part.process.wait(STOP_SECONDS)
        self.kill_all()

    def kill_all(self) -> int:
        """Kill every process of the site at once; return how many there were."""
        with self._guard:
            found = [one for one in self.processes() if one.name != "sleep"]
            for process in found:
                process.kill(signal.SIGSTOP)
            for process in found:
                process.kill()
        return len(found)

    def processes(self) -> list[Process]:
        """Return all live processes of the site, the jobs' children included."""
        return marked(f"CHAOS_FOLDER={self.folder}")

    def pids(self, name: str) -> list[int]:
        """Return the processes of the parts whose names begin so."""
        return [
            part.process.pid
            for part in self.parts
            if part.name.startswith(name) and part.process and part.process.poll() is None
        ]

    def _tend(self) -> None:
        while not self._stopping.is_set():
            with self._guard:
                for part in self.parts:
                    if part.process is None or part.process.poll() is not None:
                        self._begin(part)
            self._stopping.wait(TEND_SECONDS)

    def _begin(self, part: Part) -> None:
        with (self.folder / f"{part.name}.log").open("ab") as log:
            part.starts += 1
            part.process = subprocess.Popen(
                part.command,
                cwd=ROOT,
                env={**self._environ, **part.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@contextlib.contextmanager
def embedded(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Stand, str]]:
    """Serve the site as a newcomer does; give the stand and the site's address."""
    port = free_port()
    serve = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    stand = Stand(folder, environ, [Part("site", serve)])
    stand.start()
    try:
        yield stand, f"{LOOPBACK}:{port}"
    finally:
        stand.stop()


@contextlib.contextmanager
def full(
    folder: Path,
    environ: Mapping[str, str],
    elsewhere: Mapping[str, str],
    *,
    has_beats: bool,
) -> Iterator[tuple[Stand, str]]:
    """Serve the site by uvicorn, with two workers and perhaps two beats; give the stand and the
    address.

    The second of each is told `elsewhere`, too, as on another host.
    """
    port = free_port()
    web = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    parts = [Part("web", web)]
    for number, own in enumerate(({}, elsewhere), 1):
        worker, beat = f"worker-{number}", f"beat-{number}"
        heard = ["worker", "-l", "info", "-n", f"{worker}@%h"]
        ticking = ["beat", "-l", "info", "--pidfile="]
        parts.append(Part(worker, [*celery, *heard], own))
        if has_beats:
            parts.append(Part(beat, [*celery, *ticking], own))
    stand = Stand(folder, environ, parts)
    stand.start()
    try:
        yield stand, f"{LOOPBACK}:{port}"
    finally:
        stand.stop()
