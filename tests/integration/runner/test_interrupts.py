"""Cancel, timeouts, hand-back and fence: what the job feels, and that it ends."""

from __future__ import annotations

import pytest

from samovar import brand
from samovar.types import Outcome

pytestmark = pytest.mark.faults


def test_a_cancel_leaves_what_waits(perform, supervisor):
    attempt = perform("wait", cancel_grace=60.0)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    # Not by the ladder, whose next step is a minute away.
    assert attempt.ending().outcome is Outcome.CANCELLED
    assert not brand.is_alive(attempt.pid)
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_a_cancel_before_the_job_has_begun_is_not_lost(perform, supervisor):
    attempt = perform("wait")
    supervisor.cancel()

    assert attempt.ending(4).outcome is Outcome.CANCELLED


def test_clean_up_runs_to_its_end(perform, supervisor):
    attempt = perform("wait_and_clean_up", seconds=1.2)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert [text for stream, _, text in attempt.heard.all if stream == "stdout"] == [
        "waiting",
        "cleaned up",
    ]


@pytest.mark.parametrize("where", ["socket", "subprocess", "lock"])
def test_a_cancel_leaves_any_wait(perform, supervisor, where):
    attempt = perform("block", where=where, cancel_grace=60.0)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert not brand.find_branded(attempt.assignment.brand)


def test_who_swallows_everything_is_killed_in_the_end(perform, supervisor):
    attempt = perform("swallow_for_ever", cancel_grace=0.3)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert not brand.is_alive(attempt.pid)


def test_a_job_that_returns_when_cancelled_is_cancelled(perform, supervisor):
    attempt = perform("return_when_cancelled")
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert not brand.is_alive(attempt.pid)


def test_a_swallowed_cancel_is_repeated(perform, supervisor):
    attempt = perform("swallow", times=2)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert attempt.heard.texts.count("swallowed") == 3


@pytest.mark.parametrize("ignores_term", [False, True])
def test_a_deaf_job_goes_down_the_ladder(perform, supervisor, ignores_term):
    attempt = perform("deaf", ignores_term=ignores_term, cancel_grace=0.3)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()
    ending = attempt.ending()

    assert ending.outcome is Outcome.CANCELLED
    assert ("was killed" in ending.reason) is ignores_term
    steps = [text for stream, _, text in attempt.heard.all if stream == "system"]
    assert "asked to stop" in steps[0]
    assert "within 0.3 s: its processes get SIGTERM" in steps[1]
    assert ["killed" in step for step in steps[2:]] == [True] * ignores_term
    assert not brand.is_alive(attempt.pid)


def test_who_holds_the_gil_goes_too(perform, supervisor):
    attempt = perform("hold_the_gil", cancel_grace=0.3)
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert not brand.is_alive(attempt.pid)


def test_a_soft_timeout_may_be_heeded(perform):
    attempt = perform("heed_soft_timeout", soft_timeout=0.2)
    ending = attempt.ending()

    assert (ending.outcome, ending.result) == (Outcome.SUCCEEDED, '"saved"')
    told = "The soft timeout of 0.2 s has passed: the job meets SoftTimeout."
    assert sorted(attempt.heard.texts) == [told, "saving"]
    # The signal is not for another attempt.
    assert perform("pid").pid != attempt.pid


def test_a_soft_timeout_that_passes_through_ends_the_attempt(perform):
    ending = perform("wait", soft_timeout=0.2).ending()

    assert (ending.outcome, ending.fault.type) == (Outcome.TIMED_OUT, "SoftTimeout")
    assert "0.2 s" in ending.fault.message


@pytest.mark.parametrize("job", ["wait", "hold_the_gil"])
def test_a_hard_timeout_kills(perform, job):
    attempt = perform(job, timeout=0.3)
    ending = attempt.ending()

    assert (ending.outcome, ending.retryable) == (Outcome.TIMED_OUT, False)
    assert "0.3 s" in ending.reason
    assert attempt.heard.texts == ["waiting"]
    assert not brand.is_alive(attempt.pid)


def test_a_hand_back_kills_and_says_why(perform, supervisor):
    attempt = perform("wait")
    attempt.heard.wait_for("waiting")
    supervisor.release("The worker stops.")
    ending = attempt.ending(2)

    assert (ending.outcome, ending.reason) == (Outcome.RELEASED, "The worker stops.")
    assert not brand.is_alive(attempt.pid)


def test_a_fence_is_the_strongest(perform, supervisor):
    attempt = perform("wait")
    attempt.heard.wait_for("waiting")
    supervisor.cancel()
    supervisor.fence()

    assert attempt.ending(2).outcome in (Outcome.FENCED, Outcome.CANCELLED)
    assert not brand.is_alive(attempt.pid)


def test_an_order_for_the_last_attempt_is_not_for_the_next(perform, supervisor):
    perform("pid").ending()
    supervisor.cancel()
    supervisor.fence()

    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_an_interruption_tears_no_line(perform, supervisor):
    attempt = perform("interrupted_writes")
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
    logged = [text for stream, _, text in attempt.heard.all if stream == "log"]
    assert logged == [f"line {n} {'x' * 300}" for n in range(len(logged))]
