"""Why a limited run is held back, in words for the person who asked for it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils import formats, timezone
from django.utils.translation import ngettext

from samovar import clock
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.jobs.limits import KEYED
from samovar.runtime.admission import admitted, starts

if TYPE_CHECKING:
    from samovar.jobs.job import Job
    from samovar.models import Run


def why_held_back(run: Run) -> str:
    """Return which limit of its job holds `run` back; "" when none does any more."""
    try:
        job = registry.get(run.job)
    except UnknownJob:
        return ""
    return _too_many(job, run.limit_key or "") or _too_fast(job)


def _too_many(job: Job[..., Any], key: str) -> str:
    most = job.limits.most(key)
    if most is None or admitted(job).filter(limit_key=key).count() < most:
        return ""
    if key.startswith(KEYED):
        return ngettext(
            "Only {most} run of this job may run at a time for {key}, and it is on its way.",
            "Only {most} runs of this job may run at a time for {key}, and they are on their way.",
            most,
        ).format(most=most, key=key.removeprefix(KEYED))
    return ngettext(
        "Only {most} run of this job may run at a time, and it is on its way.",
        "Only {most} runs of this job may run at a time, and they are on their way.",
        most,
    ).format(most=most)


def _too_fast(job: Job[..., Any]) -> str:
    rate = job.limits.rate
    began = starts(job, now=clock.now())
    if rate is None or len(began) < rate.most:
        return ""
    at = began[-rate.most] + dt.timedelta(seconds=rate.seconds)
    words = ngettext(
        "Only {most} run of this job may begin in {seconds} s. The next may at {time}.",
        "Only {most} runs of this job may begin in {seconds} s. The next may at {time}.",
        rate.most,
    )
    time = formats.time_format(timezone.localtime(at), "H:i:s")
    return words.format(most=rate.most, seconds=rate.seconds, time=time)
