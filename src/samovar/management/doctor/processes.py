"""The broker, the workers, and who leads the upkeep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from samovar import conf
from samovar.exceptions import BrokerUnavailable
from samovar.management.doctor.finding import Finding, amber, green, red
from samovar.models import Leader, Run, Worker
from samovar.runtime import host
from samovar.runtime.living import living

START = "python manage.py samovar worker"
PING_SECONDS = 3.0
LONGEST_NAME = 15
"""What the kernel keeps of a process's name."""
PARTS = ("samovar-template", "samovar-keeper")


def broker() -> Iterator[Finding]:
    """Look at the broker."""
    try:
        conf.load("ENGINE").ping(PING_SECONDS)
    except BrokerUnavailable as error:
        remedy = _("Start it, and compare CELERY_BROKER_URL with it. Runs are kept meanwhile.")
        yield red("broker", str(error), remedy)
    else:
        yield green("broker", _("It answers."))


def workers() -> Iterator[Finding]:
    """Look at the workers."""
    found = living()
    for worker in found:
        yield from _worker(worker)
    if not found:
        yield red("worker", _("No worker is there: runs wait."), START)
    if len({worker.version for worker in found}) > 1:
        words = _("The workers are of different versions of Samovar.")
        yield amber("worker", words, _("Restart the older ones."))


def leader() -> Iterator[Finding]:
    """Look at the upkeep, which sends again, rescues and fires schedules."""
    if Leader.objects.filter(until__gt=Now()).exists():
        yield green("upkeep", _("A worker leads it."))
    elif living():
        words = _("No worker leads it: what is due, or lost, stays where it is.")
        yield red("upkeep", words, _("Look into the workers' logs; restart one."))


def _worker(worker: Worker) -> Iterator[Finding]:
    missing = _missing_parts(worker)
    if missing:
        words = _("{name} lives, but not its {parts}.")
        parts = ", ".join(missing)
        yield red("worker", words.format(name=worker.name, parts=parts), _("Restart it."))
        return
    busy = Run.objects.filter(worker_id=worker.id).active().count()
    words = _("{name}: {busy} of {slots} slots are busy; queues: {queues}.")
    queues = ", ".join(worker.queues)
    yield green(
        "worker", words.format(name=worker.name, busy=busy, slots=worker.slots, queues=queues)
    )


def _missing_parts(worker: Worker) -> list[str]:
    """Return which processes of a worker's tree are gone; [] when this host cannot tell."""
    if worker.host_key != host.host_key() or not Path("/proc/self/stat").exists():
        return []
    names = {name for pid in _descendants(worker.pid) if (name := _name(pid))}
    return [part for part in PARTS if part[:LONGEST_NAME] not in names]


def _descendants(root: int) -> set[int]:
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if _is_pid(path)}
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _is_pid(path: Path) -> bool:
    return path.name.isdigit()


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
