"""Faults of processes: killed, stopped and continued."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path

from samovar.models import Leader, Worker
from tests.chaos.journal import Entry, Reader
from tests.chaos.nemesis import Kind, hold
from tests.chaos.stand import Stand
from tests.faults.tree import LONGEST_NAME, Process

_BEGUN, _OVER = {"begin"}, {"end"}


@dataclass(slots=True)
class Attempts:
    """The attempts that live at this moment, as the journal tells."""

    folder: Path
    _reader: Reader = field(init=False)
    _live: dict[tuple[str, int], Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reader = Reader(self.folder)

    def live(self) -> list[Entry]:
        """Return the first entry of each attempt that has begun and whose process is there."""
        for entry in self._reader.news():
            if entry.event in _BEGUN:
                self._live[entry.run, entry.attempt] = entry
            elif entry.event in _OVER:
                self._live.pop((entry.run, entry.attempt), None)
        self._live = {key: one for key, one in self._live.items() if _is_runner(one.pid)}
        return list(self._live.values())


@dataclass(frozen=True, slots=True)
class Kills:
    """The faults of one stand's processes."""

    stand: Stand
    attempts: Attempts

    def kinds(self) -> list[Kind]:
        """Return every fault of a process, those that cost little more often."""
        return [
            Kind("runner killed", 40, self.runner),
            Kind("runner stopped and continued", 8, self.freeze_runner),
            Kind("keeper killed", 8, self.by_name("keeper")),
            Kind("template killed", 2, self.by_name("template")),
            Kind("worker killed", 5, self.by_name("worker")),
            Kind("worker stopped and continued", 3, self.freeze_worker),
            Kind("worker asked to end", 2, self.by_name("worker", signal.SIGTERM)),
            Kind("steward killed", 1, self.by_name("steward")),
            Kind("web killed", 2, self.web),
            Kind("beat killed", 2, self.beat),
            Kind("leader killed", 2, self.leader),
            Kind("job's child killed", 2, self.child),
            Kind("all killed at once", 1, self.everything),
        ]

    def runner(self, chance: random.Random) -> str:
        """Kill a runner in the middle of an attempt."""
        live = self.attempts.live()
        if not live:
            return ""
        entry = chance.choice(live)
        return _hit(entry.pid, signal.SIGKILL, f"attempt {entry.attempt} of {entry.run}")

    def freeze_runner(self, chance: random.Random) -> str:
        """Stop a runner in the middle of an attempt, and let it go on."""
        live = self.attempts.live()
        if not live:
            return ""
        entry = chance.choice(live)
        target = f"attempt {entry.attempt} of {entry.run}"
        return _frozen([entry.pid], chance.uniform(0.1, 1.5), target)

    def freeze_worker(self, chance: random.Random) -> str:
        """Stop a worker, and let it go on, later than its lease or earlier."""
        workers = self._named("worker")
        if not workers:
            return ""
        worker = chance.choice(workers)
        return _frozen([worker.pid], chance.uniform(0.2, 4.0), f"worker {worker.pid}")

    def by_name(self, role: str, number: int = signal.SIGKILL) -> object:
        """Return the fault that sends `number` to one of the processes that play `role`."""

        def fault(chance: random.Random) -> str:
            found = self._named(role)
            return _hit(chance.choice(found).pid, number, role) if found else ""

        return fault

    def web(self, _: random.Random) -> str:
        """Kill the process that answers requests."""
        pids = self.stand.pids("web") or self.stand.pids("site")
        return _hit(pids[0], signal.SIGKILL, "web") if pids else ""

    def beat(self, chance: random.Random) -> str:
        """Kill one of the processes that do nothing but tick."""
        pids = self.stand.pids("beat")
        return _hit(chance.choice(pids), signal.SIGKILL, "beat") if pids else ""

    def leader(self, _: random.Random) -> str:
        """Kill the worker that does the upkeep for all."""
        leading = Worker.objects.filter(pk__in=Leader.objects.values("worker_id"))
        live = {process.pid for process in self.stand.processes()}
        pids = live & set(leading.values_list("pid", flat=True))
        return _hit(pids.pop(), signal.SIGKILL, "leader") if pids else ""

    def child(self, chance: random.Random) -> str:
        """Kill what a job has left behind."""
        found = [one for one in self.stand.processes() if one.name == "sleep"]
        return _hit(chance.choice(found).pid, signal.SIGKILL, "a job's daemon") if found else ""

    def everything(self, _: random.Random) -> str:
        """Kill all processes of the site at once, its jobs' children left out."""
        count = self.stand.kill_all()
        return f"{count} processes" if count else ""

    def _named(self, role: str) -> list[Process]:
        if role == "worker" and (pids := self.stand.pids("worker")):
            return [Process(pid, 0, role) for pid in pids]
        name = f"samovar-{role}"[:LONGEST_NAME]
        return [one for one in self.stand.processes() if one.name == name]


def kinds(stand: Stand, folder: Path) -> list[Kind]:
    """Return every fault of the stand's processes."""
    return Kills(stand, Attempts(folder)).kinds()


def _is_runner(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip() == "samovar-runner"
    return False


def _hit(pid: int, number: int, target: str) -> str:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return ""
    return f"{target} (pid {pid})"


def _frozen(pids: list[int], seconds: float, target: str) -> str:
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        hold(seconds)
    except ProcessLookupError:
        return ""
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    return f"{target} for {seconds:.1f} s"
