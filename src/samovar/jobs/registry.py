"""All declared jobs by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.module_loading import autodiscover_modules

from samovar.exceptions import UnknownJob

if TYPE_CHECKING:
    from samovar.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Clash:
    """Two functions that claim one name; the first keeps it. Places are "file:line"."""

    name: str
    kept: str
    refused: str


_jobs: dict[str, Job] = {}
_clashes: dict[tuple[str, str], Clash] = {}


def add(job: Job) -> None:
    """Enter a job; another function of the same name is a clash.

    A module that is loaded again brings the same function, and its newest form counts.
    """
    kept = _jobs.get(job.name)
    if kept is None or _source(kept) == _source(job):
        _jobs[job.name] = job
    else:
        _clashes[job.name, job.place] = Clash(job.name, kept.place, job.place)


def get(name: str) -> Job:
    """Return the job of this name. Raises UnknownJob."""
    try:
        return _jobs[name]
    except KeyError:
        raise UnknownJob(name) from None


def all() -> list[Job]:  # noqa: A001 - registry.all() reads as what it is
    """Return all jobs, ordered by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def clashes() -> list[Clash]:
    """Return the names that two functions claim, for the system check."""
    return list(_clashes.values())


def autodiscover() -> None:
    """Import the modules `tasks` and `jobs` of each installed app; they enter their jobs."""
    autodiscover_modules("tasks", "jobs")


def _source(job: Job) -> tuple[str, str]:
    """Return what stays the same when a module is loaded again, as `__main__` too."""
    code = job.function.__code__
    return code.co_filename, code.co_qualname
