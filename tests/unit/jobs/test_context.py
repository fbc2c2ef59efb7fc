"""What a job says while it runs reaches the context; outside a run it goes nowhere."""

from __future__ import annotations

import threading
import uuid

import pytest

from samovar import checkpoint, current_run, last_checkpoint, progress, track
from samovar.jobs import context

RUN = context.CurrentRun(id=uuid.UUID(int=1), job="count", attempt=2, max_attempts=3)


class Recorder:
    """A context that remembers what the job said."""

    run = RUN

    def __init__(self) -> None:
        self.reports: list[tuple[float | None, float | None, str]] = []
        self.saved: str | None = None
        self.trail: str | None = None
        self.kept: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []

    def report(self, done: float | None, total: float | None, text: str) -> None:
        self.reports.append((done, total, text))

    def checkpoint(self, state: str) -> None:
        self.saved = state
        self.kept.append(("checkpoint", state))

    def last_checkpoint(self) -> str | None:
        return self.saved

    def keep_trail(self, trail: str) -> None:
        self.trail = trail
        self.kept.append(("trail", trail))

    def last_trail(self) -> str | None:
        return self.trail

    def say(self, text: str, level: str) -> None:
        self.said.append((text, level))


@pytest.fixture
def recorder():
    recorder = Recorder()
    context.enter(recorder)
    yield recorder
    context.leave()


def test_outside_a_run_nothing_happens():
    progress(1, 2, "half")
    checkpoint({"a": object()})

    assert current_run() is None
    assert last_checkpoint() is None
    assert last_checkpoint([]) == []
    assert list(track("abc")) == ["a", "b", "c"]


def test_track_reports_before_the_first_item_and_after_each(recorder):
    seen = [(item, recorder.reports[-1]) for item in track(["a", "b"], text="letters")]

    assert seen == [("a", (0, 2, "letters")), ("b", (1, 2, "letters"))]
    assert recorder.reports == [(0, 2, "letters"), (1, 2, "letters"), (2, 2, "letters")]


@pytest.mark.parametrize(
    ("iterable", "total", "last"),
    [
        (range(3), None, (3, 3, "")),
        (iter([1, 2]), None, (2, 2, "")),
        ((x for x in "abc"), None, (3, 3, "")),
        ([1, 2], 10, (2, 2, "")),
        ([1, 2, 3], 2, (3, 3, "")),
        ([], None, (0, 0, "")),
        (iter(""), None, (0, 0, "")),
    ],
)
def test_track_ends_full(recorder, iterable, total, last):
    list(track(iterable, total=total))

    assert recorder.reports[-1] == last


def test_the_total_of_a_generator_is_unknown_until_the_end(recorder):
    list(track(x for x in "ab"))

    assert recorder.reports == [(0, None, ""), (1, None, ""), (2, None, ""), (2, 2, "")]


def test_a_loop_that_is_left_early_is_not_full(recorder):
    for item in track("abc"):
        if item == "b":
            break

    assert recorder.reports[-1] == (1, 3, "")


def test_progress_takes_words_alone(recorder):
    progress(text="loading")
    progress(0.5, 1)

    assert recorder.reports == [(None, None, "loading"), (0.5, 1, "")]


def test_checkpoint_comes_back(recorder):
    assert last_checkpoint("nothing") == "nothing"

    checkpoint({"row": 5, "names": ["Ёлка"]})

    assert last_checkpoint() == {"row": 5, "names": ["Ёлка"]}


def test_a_checkpoint_of_none_is_one(recorder):
    checkpoint(None)

    assert last_checkpoint("default") is None


def test_a_checkpoint_keeps_every_letter(recorder):
    checkpoint({"ю": "\\u0000 😀"})

    assert last_checkpoint() == {"ю": "\\u0000 😀"}


@pytest.mark.parametrize(
    "state", [object(), float("nan"), {1, 2}, "nul \0", {"half \ud800": 1}, ["\\\0"]]
)
def test_a_checkpoint_that_json_cannot_hold_is_refused(recorder, state):
    with pytest.raises((TypeError, ValueError)):
        checkpoint(state)

    assert recorder.saved is None


def test_every_thread_of_the_job_is_inside(recorder):
    found = []

    def work():
        progress(1, 2)
        found.append(current_run())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert found == [RUN]
    assert recorder.reports == [(1, 2, "")]


def test_after_the_run_its_words_go_nowhere(recorder):
    rest = track([1, 2])
    next(rest)
    context.leave()

    list(rest)

    assert recorder.reports == [(0, 2, "")]
    assert current_run() is None
