"""Performing attempts without a ledger."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

from samovar.brand import new_brand
from samovar.runner import messages
from samovar.runner.assignment import Assignment
from samovar.runner.supervisor import Supervisor
from samovar.runner.template import Template
from samovar.types import Batch, Ending, Progress
from tests.rig.waiting import wait_for


class Heard:
    """A recorder that keeps what it hears."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.progresses: list[Progress] = []
        self.checkpoints: list[str] = []
        self.trails: list[str] = []
        self.artifacts: list[dict] = []
        self.steps: list[str] = []

    def lines(self, batches: list[Batch]) -> None:
        self.batches += batches

    def progress(self, progress: Progress) -> None:
        self.progresses.append(progress)

    def checkpoint(self, state: str) -> None:
        self.checkpoints.append(state)

    def trail(self, trail: str) -> None:
        self.trails.append(trail)

    def step(self, step: str) -> None:
        if step not in self.steps:
            self.steps.append(step)

    def artifact(self, stored: dict) -> None:
        self.artifacts.append(stored)

    @property
    def all(self) -> list[tuple[str, str, str]]:
        """(stream, level, text) of each line."""
        return [(b.stream, b.level, text) for b in list(self.batches) for text in b.texts]

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.all]

    def streams(self, name: str) -> list[str]:
        return [text for stream, _, text in self.all if stream == name]

    def wait_for(self, text: str) -> None:
        wait_for(lambda: text in self.texts, message=f"the line {text!r}")


class Performance:
    """One attempt on its way, in a thread as a slot's.

    `heard` takes what it says, `prepared` is told the runner's id before the attempt begins.
    """

    usage: resource.struct_rusage
    """What the thread has used up, once the attempt has ended."""

    def __init__(
        self,
        supervisor: Supervisor,
        job: str,
        *,
        heard: Heard | None = None,
        prepared: Callable[[int], object] = bool,
        **options: Any,
    ) -> None:
        self.supervisor = supervisor
        self.heard = heard or Heard()
        limits = {
            name: options.pop(name)
            for name in ("soft_timeout", "timeout", "cancel_grace", "checkpoint", "trail")
            if name in options
        }
        self.assignment = Assignment(
            run_id=uuid.uuid4(),
            job=job,
            params=options,
            attempt=1,
            max_attempts=2,
            brand=new_brand(),
            **limits,
        )
        self.pid = supervisor.prepare()
        prepared(self.pid)
        self._ending: Ending | BaseException | None = None
        self._thread = threading.Thread(target=self._perform, daemon=True)
        self._thread.start()

    def _perform(self) -> None:
        try:
            self._ending = self.supervisor.perform(self.assignment, self.heard)
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            self._ending = error
        self.usage = resource.getrusage(resource.RUSAGE_THREAD)

    def ending(self, seconds: float = 20.0) -> Ending:
        """Wait for the end of the attempt."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"{self.assignment.job} goes on; {self.heard.all[-5:]}"
        if isinstance(self._ending, BaseException):
            raise self._ending
        assert self._ending is not None
        return self._ending


def start_template(**environment: str) -> Template:
    """Start a template in a process of its own, as this process's child."""
    ours, theirs = messages.pair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runner.launcher", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=os.environ | environment,
        )
    # The handle waits for it.
    process.returncode = 0
    return Template(process.pid, ours)
