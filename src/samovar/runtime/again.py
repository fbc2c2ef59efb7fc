"""Again: a new run of the same job with the same params."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.jobs import registry
from samovar.jobs.files import close
from samovar.models import Run, Source
from samovar.runtime.submit import submit

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def again(run: Run, *, owner: AbstractBaseUser | None = None, source: str = Source.CODE) -> Run:
    """Submit a new run with the params of `run`, which it points to.

    Raises UnknownJob when the job is gone, InvalidParams when its signature takes them no more.
    """
    job = registry.get(run.job)
    close(job.signature.load(run.params))
    return submit(
        job,
        run.params,
        owner=owner,
        source=source,
        queue=run.queue,
        priority=run.priority,
        again_of=run,
    )
