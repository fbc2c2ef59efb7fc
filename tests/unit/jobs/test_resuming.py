"""A resumable loop goes on behind the last item that was completed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from samovar import checkpoint, last_checkpoint, track
from samovar.jobs import context
from samovar.jobs.context import LONGEST_CHECKPOINT
from tests.unit.jobs.test_context import Recorder


class Killed(BaseException):
    """What ends an attempt without warning."""


def kill_when(is_time):
    if is_time:
        raise Killed


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    context.enter(recorder)
    yield recorder
    context.leave()


def begin_again(recorder: Recorder) -> None:
    """Let the next attempt begin with what was kept."""
    context.leave()
    recorder.reports.clear()
    recorder.said.clear()
    context.enter(recorder)


def walk(items, *, until=None, **options):
    """Return what a loop over `items` sees before it is killed at the item `until`."""
    seen = []
    with contextlib.suppress(Killed):
        for item in track(items, resume=True, **options):
            kill_when(item == until)
            seen.append(item)
    return seen


@pytest.mark.parametrize(
    ("make", "total"),
    [
        (lambda: "abcdef", 6),
        (lambda: iter("abcdef"), 6),
        (lambda: (letter for letter in "abcdef"), None),
    ],
)
def test_the_next_attempt_goes_on_behind_the_last_complete_item(recorder, make, total):
    assert walk(make(), until="d") == ["a", "b", "c"]
    begin_again(recorder)
    assert walk(make()) == ["d", "e", "f"]

    assert recorder.reports[0][:2] == (3, total)
    assert recorder.reports[-1][:2] == (6, 6)
    assert recorder.said == [("Goes on from 3 of 6." if total else "Goes on from 3.", "info")]


def test_a_sequence_is_not_walked_again(recorder):
    class Costly(list):
        read: list[int] = []

        def __getitem__(self, index):
            self.read.append(index)
            return super().__getitem__(index)

    assert walk(Costly("abcd"), until="c") == ["a", "b"]
    begin_again(recorder)
    Costly.read.clear()
    walk(Costly("abcd"))

    assert Costly.read == [2, 3]


def test_a_complete_loop_is_not_done_again(recorder):
    walk("ab")
    walk("cd", until="d")
    begin_again(recorder)

    assert walk("ab") == []
    assert recorder.reports[-1][:2] == (2, 2)
    assert walk("cd") == ["d"]


def test_a_loop_inside_a_loop(recorder):
    def attempt(until=None):
        seen = []
        try:
            for outer in track("ab", resume=True):
                for inner in track([1, 2, 3], resume=True):
                    kill_when((outer, inner) == until)
                    seen.append((outer, inner))
        except Killed:
            pass
        return seen

    assert attempt(until=("b", 2)) == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    begin_again(recorder)
    assert attempt() == [("b", 2), ("b", 3)]


def test_an_inner_loop_that_is_left_early_leaves_no_trace(recorder):
    def attempt(until=None):
        seen = []
        kept = []
        try:
            for outer in track("abc", resume=True):
                inner = track([1, 2], resume=True)
                kept.append(inner)
                seen.append((outer, next(inner)))
                kill_when(outer == until)
        except Killed:
            pass
        return seen

    attempt(until="b")
    begin_again(recorder)

    assert attempt() == [("b", 1), ("c", 1)]


@pytest.mark.parametrize("now", ["abc", "abcdefgh"])
def test_another_length_is_noticed(recorder, now):
    walk("abcdef", until="e")
    begin_again(recorder)

    assert walk(now) == list(now)
    assert recorder.said == [
        (f"6 items have become {len(now)}: the loop begins again with the first.", "warning")
    ]


def test_a_generator_that_has_become_shorter_is_noticed(recorder):
    walk(iter("abcdef"), until="e", total=6)
    begin_again(recorder)

    assert walk(iter("ab"), total=6) == []
    assert recorder.said[-1] == (
        "There are 2 items, but 4 had been done: nothing is left to do.",
        "warning",
    )


def test_the_users_own_checkpoint_stands_beside(recorder):
    total = 0
    for number in track([1, 2, 3, 4], resume=True):
        total += number
        checkpoint({"total": total})
        if number == 2:
            break
    begin_again(recorder)

    assert last_checkpoint() == {"total": 3}
    assert walk([1, 2, 3, 4]) == [2, 3, 4], "the item under way is done again"
    assert last_checkpoint() == {"total": 3}


def test_the_trail_is_never_ahead_of_the_checkpoint(recorder):
    for number in track([1, 2, 3], resume=True):
        checkpoint(number)

    assert [kind for kind, _ in recorder.kept] == ["checkpoint", "trail"] * 3


def test_loops_of_other_threads_are_refused(recorder):
    errors = []

    def work():
        try:
            list(track("ab", resume=True))
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert "the thread that the job began in" in errors[0]


def test_loops_that_take_turns_are_refused_and_leave_no_trail(recorder):
    def attempt():
        return list(zip(track("abc", resume=True), track([1, 2, 3], resume=True), strict=True))

    for _ in range(2):
        with pytest.raises(RuntimeError, match="take turns"):
            attempt()
        begin_again(recorder)

    assert recorder.trail == "{}"
    assert walk("abc") == ["a", "b", "c"]


def test_outside_a_run_it_is_a_plain_loop():
    assert list(track("abc", resume=True)) == ["a", "b", "c"]


def test_a_checkpoint_that_is_too_long_is_refused(recorder):
    checkpoint("kept")

    with pytest.raises(ValueError, match="at most 1048576 are saved"):
        checkpoint("x" * LONGEST_CHECKPOINT)

    assert last_checkpoint() == "kept"


@pytest.mark.parametrize("state", [{1, 2}, float("inf"), b"bytes"])
def test_what_json_cannot_hold_is_refused_with_a_remedy(recorder, state):
    with pytest.raises((TypeError, ValueError), match="JSON holds texts, numbers"):
        checkpoint(state)
