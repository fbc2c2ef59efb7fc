"""What a type checker knows of a job; mypy reads this file, and it holds at run time too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_type

from samovar import Retry, current_run, job, track
from samovar.jobs.context import CurrentRun
from samovar.jobs.job import Job
from samovar.jobs.ports import Run


def test_a_job_knows_its_parameters_and_its_result() -> None:
    @job
    def add(first: int, second: int = 1) -> int:
        return first + second

    assert_type(add(1), int)
    assert_type(add.run(1, second=2), int)
    checked: Callable[[int], int] = add
    assert checked(2) == 3

    def submit() -> None:
        assert_type(add.submit(first=1), Run)
        add.submit("one")  # type: ignore[arg-type]
        add.submit(third=1)  # type: ignore[call-arg]
        add.delay()  # type: ignore[call-arg]

    assert callable(submit)


def test_options_keep_the_types() -> None:
    @job(title="Count", retry=Retry(attempts=2, on=OSError), timeout=5, after="form")
    def count(upto: int) -> list[int]:
        return list(range(upto))

    assert_type(count(2), list[int])
    anything: Job = count
    assert anything.name == "count"

    def refused() -> None:
        job(after="home")  # type: ignore[call-overload]
        job(unique="x")  # type: ignore[call-overload]

    assert callable(refused)


def test_track_keeps_the_type_of_the_items() -> None:
    assert_type(track(["a"]), Iterator[str])
    assert_type(current_run(), CurrentRun | None)
