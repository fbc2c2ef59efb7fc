"""Jobs, and receivers of Celery's signals that write down what they hear."""

from __future__ import annotations

import json
import time
from pathlib import Path

from celery import shared_task
from celery.signals import task_failure, task_postrun, task_prerun, task_success
from django.conf import settings

from samovar import job
from showcase.tasks import user_task


@job
def double(number: int) -> int:
    """Return twice the number."""
    print("doubling", number)
    return 2 * number


@job
def total(numbers: list[int]) -> int:
    """Add numbers up."""
    return sum(numbers)


@job
def break_down() -> None:
    """Raise an error."""
    raise LookupError("no such tea")


@job(queue="slow")
def linger(seconds: float) -> str:
    """Take its time."""
    time.sleep(seconds)
    return "done"


@shared_task
def plain(number: int) -> None:
    """Be nothing but a Celery task."""
    _write("plain", str(number))


@shared_task
def pour(number: int) -> int:
    """Return the number, as a plain task."""
    return number


@shared_task
def spill() -> None:
    """Fail, as a plain task."""
    raise LookupError("no tea left")


def _write(*words: object) -> None:
    with Path(settings.DATA, "heard").open("a") as file:
        file.write(json.dumps(words) + "\n")


@task_prerun.connect(sender=double)
def _begins(sender, task_id, kwargs, **_):
    _write("prerun", sender.name, task_id, kwargs, sender.request.id)


@task_success.connect(sender=double)
def _succeeds(sender, result, **_):
    _write("success", sender.name, sender.request.id, result)


@task_failure.connect(sender=break_down)
def _fails(sender, task_id, exception, einfo, **_):
    _write("failure", sender.name, task_id, repr(exception), "no such tea" in str(einfo))


@task_postrun.connect
def _ends(sender, task_id, retval, state, **_):
    _write("postrun", sender.name, task_id, str(retval), state)


def insert_task(task_id, result, state):
    """Store what a host's own handler found out."""
    _write("inserted", task_id, result, state)


@task_postrun.connect(sender=user_task)
def task_postrun_handler(sender, task_id, task, args, kwargs, retval, state, **kw):  # noqa: PLR0917
    if state == "SUCCESS":  # noqa: SIM108 - as a host wrote it
        result = retval
    else:
        result = str(retval)
    insert_task(task_id, result, state)
