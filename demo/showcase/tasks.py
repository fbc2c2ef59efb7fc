"""Jobs to learn from: each is a plain function with typed parameters and the decorator `@job`.

From the signature Samovar makes the start form, the REST endpoint and the options of `manage.py
samovar run`. What the function prints is its log, what it returns is its result, and what it
raises is its error.
"""

from __future__ import annotations

import random
from time import sleep
from typing import Annotated

from pydantic import Field

from samovar import job, track


@job(after="form")
def long_process(num_seconds: Annotated[int, Field(ge=1, le=3600)]) -> None:
    """Count the seconds on the server.

    `track` counts the loop for the progress bar and the time left; each printed line appears on
    the run's page as it is printed. `after="form"` leads the person who watched back to the form
    once the run has succeeded.

    Args:
        num_seconds: How many seconds the process works.
    """
    for i in track(range(num_seconds)):
        print(f"Running for {i} seconds...")
        sleep(1)


@job
def my_task(duration: Annotated[int, Field(ge=0, le=3600)] = 10) -> str:
    """Sleep for a while and say so.

    The task of Celery's introduction: `my_task.delay(10)` puts it into the queue and answers at
    once.

    Args:
        duration: How many seconds to sleep.
    """
    sleep(duration)
    return f"Задача выполнена за {duration} секунд!"


@job
def user_task(should_fail: bool | None = None) -> bool:
    """Work for seven seconds, then succeed or fail.

    A raised exception ends the run as failed; its type, message and traceback are kept with the
    run.

    Args:
        should_fail: Whether the task fails; without an answer chance decides.
    """
    if should_fail is None:
        should_fail = random.choice([True, False])
    sleep(7)
    if should_fail:
        raise ValueError("An error occurred in user_task")
    return True
