"""The demo site as a person starts it: `manage.py runserver`, in a data folder of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.ports import LOOPBACK, free_port
from tests.rig.waiting import wait_for

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
STOP_SECONDS = 20
LEDGER = "db.sqlite3"

# What one test session says to its own Django, and no site of its own should hear.
_SESSION = {"DATABASE_URL", "SAMOVAR_DATA", "RUN_MAIN", "PYTEST_CURRENT_TEST"}


@dataclass(slots=True)
class Site:
    """A site in `data`; `environ` is what its processes are told beside the shell's own."""

    data: Path
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the first process of a site that was started."""
        if self.process is None:
            raise RuntimeError("The site has not been started.")
        return self.process.pid

    @property
    def log(self) -> str:
        """What the site's processes have printed."""
        return (self.data / "site.log").read_text(errors="replace")

    def manage(self, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` to its end; raises CalledProcessError unless `check` is False."""
        return subprocess.run(
            [sys.executable, "manage.py", *argv],
            cwd=ROOT,
            env=self._environ(),
            check=check,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
        )

    def start(self, *options: str, until: Callable[[], bool] | None = None) -> None:
        """Serve, and return when `until` says so: when the site answers and its worker is there,
        unless you say otherwise.
        """
        with (self.data / "site.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", str(self.port), *options],
                cwd=ROOT,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(until or self.is_ready, START_SECONDS, "the site to be ready")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send `number` to the first process, and return its exit code when it has ended."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            raise
        finally:
            self.process = None

    def is_ready(self) -> bool:
        """Return whether the site answers and has a worker. AssertionError once it ended."""
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"The site ended at its start:\n{self.log}")
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _environ(self) -> dict[str, str]:
        shell = {name: value for name, value in os.environ.items() if name not in _SESSION}
        # A tick of the demo's own schedules would be a run that no test has asked for.
        ours = {"SAMOVAR_DATA": str(self.data), "SAMOVAR_SCHEDULES": "0"}
        return shell | ours | self.environ


@contextlib.contextmanager
def made(**environ: str) -> Iterator[Site]:
    """Make a site with its tables, not yet started; stop it and remove its data in the end."""
    with tempfile.TemporaryDirectory(prefix="samovar-site-", ignore_cleanup_errors=True) as folder:
        site = Site(Path(folder), environ)
        if "DATABASE_URL" in environ:
            site.manage("migrate", "--verbosity", "0")
        else:
            (site.data / LEDGER).write_bytes(_migrated(environ.get("DJANGO_SETTINGS_MODULE", "")))
        try:
            yield site
        finally:
            site.stop()


@functools.cache
def _migrated(settings: str) -> bytes:
    """Return the ledger of a new site with these settings; its tables are made once a session."""
    with tempfile.TemporaryDirectory(prefix="samovar-site-") as folder:
        site = Site(Path(folder), {"DJANGO_SETTINGS_MODULE": settings} if settings else {})
        site.manage("migrate", "--verbosity", "0")
        return (site.data / LEDGER).read_bytes()
