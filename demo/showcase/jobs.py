"""Jobs that outlive their workers, and jobs that come in crowds."""

from __future__ import annotations

from random import randint
from time import sleep
from typing import Annotated

from pydantic import Field

from samovar import current_run, job, track


@job(resumable=True)
def long_walk(
    steps: Annotated[int, Field(ge=1, le=100_000)] = 100,
    pause: Annotated[float, Field(ge=0, le=60)] = 0.5,
) -> dict[str, int]:
    """Walk step by step, and go on from there whatever happens.

    `track(…, resume=True)` keeps how many steps are done. Kill the worker with `kill -9`, pull the
    plug, or deploy a new version: the next attempt goes on behind the last step, and the page says
    from where. `resumable=True` lets a worker that stops hand the run back at once, instead of
    waiting for its end.

    Args:
        steps: How many steps to walk.
        pause: How many seconds a step takes.
    """
    for step in track(range(1, steps + 1), resume=True):
        sleep(pause)
        print(f"Step {step}")
    run = current_run()
    return {"steps": steps, "attempts": run.attempt if run else 1}


@job
def throw_dice(dice: Annotated[int, Field(ge=1, le=100)] = 2) -> int:
    """Throw some dice and add them up.

    Args:
        dice: How many dice to throw.
    """
    return sum(randint(1, 6) for _ in range(dice))


@job
def fan_out(runs: Annotated[int, Field(ge=1, le=10_000)] = 1000) -> dict[str, str]:
    """Throw dice in many small runs at once.

    `submit_many` writes a run for each set of arguments, all or none, and returns their group: one
    page with one progress bar, one button that cancels all, and one that repeats what failed.

    Args:
        runs: How many runs the group has.
    """
    group = throw_dice.submit_many({"dice": 1 + number % 6} for number in range(runs))
    print(f"The group's page: {group.url}")
    return {"group": str(group.id), "url": group.url}


@job
def add_up(numbers: list[int]) -> int:
    """Add numbers up, as the results of other runs.

    Celery's canvas works over jobs: `chord(throw_dice.s(n) for n in (1, 2, 3))(add_up.s())` throws
    in three runs at once, and adds up what they have thrown.

    Args:
        numbers: What to add up.
    """
    return sum(numbers)
