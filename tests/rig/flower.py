"""A site on a broker whose Celery processes are started one by one, Flower among them."""

from __future__ import annotations

import base64
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig import server
from tests.rig.ports import LOOPBACK, free_port
from tests.rig.site import ROOT, Site
from tests.rig.waiting import wait_for

LOGIN = "tea:with milk"


@dataclass(slots=True)
class Stack:
    """A site on Redis, whose processes are started one by one; `stack` ends them."""

    site: Site
    stack: ExitStack
    port: int = field(default_factory=free_port)

    def celery(self, *argv: str) -> str:
        """Run `celery -A config …` to its end, and return what it says."""
        done = subprocess.run(
            self._command(argv),
            cwd=ROOT,
            env=self.site._environ() | self._path(),
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout + done.stderr

    def start(self, *argv: str, **environ: str) -> Path:
        """Start `celery -A config …`, and return the file of what it says."""
        folder = Path(self.site.data, argv[0])
        folder.mkdir()
        environ = self.site._environ() | self._path() | environ
        command = self._command(argv)
        self.stack.enter_context(server.running(command, folder=folder, environ=environ))
        return folder / "server.log"

    def start_worker(self) -> None:
        """Start a worker, and return when it takes runs."""
        log = self.start("worker", "-l", "info", "-n", "kettle@%h")
        wait_for(lambda: " ready." in log.read_text(), 30, "the worker to be ready")

    def start_flower(self) -> None:
        """Start Flower, and return when it answers."""
        options = ("--address=127.0.0.1", f"--port={self.port}")
        self.start("flower", *options, FLOWER_BASIC_AUTH=LOGIN)
        wait_for(self._has_flower, 30, "Flower to answer")

    def run(self, job: str, *params: str) -> str:
        """Start a run by the command, and return its id."""
        return self.site.manage("samovar", "run", job, *params, "--detach").stdout.strip()

    def states(self) -> list[str]:
        """Return the states of all runs, from the ledger."""
        with closing(sqlite3.connect(self.site.data / "db.sqlite3")) as ledger:
            return [state for (state,) in ledger.execute("SELECT state FROM samovar_run")]

    def ask(self, path: str, login: str = LOGIN, *, method: str = "GET") -> tuple[int, str]:
        """Ask Flower; return the status and the body."""
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.port}{path}", method=method)
        if login:
            token = base64.b64encode(login.encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""

    def _command(self, argv: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "celery", "-A", "config", *argv]

    def _path(self) -> dict[str, str]:
        return {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{ROOT / 'demo'}"}

    def _has_flower(self) -> bool:
        try:
            return self.ask("/healthcheck", login="")[0] == 200
        except urllib.error.URLError:
            return False
