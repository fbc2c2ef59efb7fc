"""A resumable job under a real supervisor: killed, asked to leave, and gone on with."""

from __future__ import annotations

import json

import pytest

from samovar.types import Outcome

pytestmark = pytest.mark.integration


def _done(attempt) -> int:
    return int(json.loads(attempt.heard.trails[-1])["0"]["done"])


def test_what_was_complete_at_a_kill_is_known(perform):
    first = perform("walk", stop_at=4)
    assert first.ending().outcome is Outcome.LOST
    assert _done(first) == 3

    second = perform("walk", stop_at=3, trail=first.heard.trails[-1])
    assert json.loads(second.ending().result) == "[4, 5, 6]"
    assert ("system", "info", "Goes on from 3 of 6.") in second.heard.all
    assert second.heard.progresses[-1].done == 6


@pytest.mark.parametrize(("job", "word"), [("walk_on", "step"), ("count_on", "count")])
def test_a_resumable_job_that_is_asked_hands_itself_back(perform, supervisor, job, word):
    attempt = perform(job)
    attempt.heard.wait_for(f"{word} 3")
    supervisor.hand_back()
    ending = attempt.ending()

    assert (ending.outcome, ending.reason) == (Outcome.RELEASED, "The worker stops.")
    said = sum(text.startswith(word) for text in attempt.heard.texts)
    assert json.loads(attempt.heard.checkpoints[-1]) == said - 1
    if job == "walk_on":
        assert _done(attempt) == said


def test_who_is_asked_and_then_cancelled_is_cancelled(perform, supervisor):
    attempt = perform("wait")
    attempt.heard.wait_for("waiting")
    supervisor.hand_back()
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED


def test_who_is_asked_and_then_killed_is_lost(perform, supervisor):
    attempt = perform("walk", stop_at=1)
    supervisor.hand_back()

    assert attempt.ending().outcome is Outcome.LOST
