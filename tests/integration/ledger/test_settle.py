"""How an attempt ends, and what becomes of its run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samovar import clock
from samovar.models import Attempt, AttemptState, Run, RunState
from samovar.runtime import lines
from samovar.runtime.cancel import cancel
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.submit import submit
from samovar.types import Batch, Ending, Fault, Outcome
from tests.integration.ledger.jobs import stubborn

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
FAULT = Fault("ValueError", "no luck", "Traceback …")
FAILED = Ending(Outcome.FAILED, fault=FAULT)
LOST = Ending(Outcome.LOST, reason="The runner was killed by signal 9 (SIGKILL).")


def test_success_keeps_the_result_and_the_last_lines(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.lines([Batch(1.5, "stdout", "info", ["almost", "done"])])

    became = settle(ledger, claimed, Ending(Outcome.SUCCEEDED, result='{"n": 1}'), recorder)

    run.refresh()
    assert became == run.state == RunState.SUCCEEDED
    assert (run.result, run.error, run.token, run.worker) == ({"n": 1}, None, None, None)
    assert run.finished_at is not None
    assert [line.text for line in lines.last(run.pk, 9)] == ["almost", "done"]
    assert _attempts(run) == [(1, AttemptState.SUCCEEDED, "")]


def test_an_error_without_a_retry_left_fails_the_run(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)

    became = settle(ledger, claimed, FAILED, Recorder(ledger, claimed))

    run.refresh()
    assert became == run.state == RunState.FAILED
    assert run.error == {"type": "ValueError", "message": "no luck"}
    assert run.traceback == "Traceback …"


def test_errors_follow_the_policy_and_wait_longer_each_time(
    take: Take, ledger: LedgerThread
) -> None:
    run = submit(stubborn, {})
    waits = []
    for _ in range(2):
        claimed = take(run)
        settle(ledger, claimed, FAILED, Recorder(ledger, claimed))
        run.refresh()
        assert run.state == RunState.SCHEDULED
        assert run.available_at is not None
        waits.append((run.available_at - clock.now()).total_seconds())
        assert run.enqueue()
    claimed = take(run)
    settle(ledger, claimed, FAILED, Recorder(ledger, claimed))

    run.refresh()
    assert run.state == RunState.FAILED
    assert waits[1] > 1.4 * waits[0] > 0
    assert [state for _, state, _ in _attempts(run)] == [AttemptState.FAILED] * 3


def test_a_soft_timeout_may_be_tried_again(take: Take, ledger: LedgerThread) -> None:
    run = submit(stubborn, {})
    claimed = take(run)
    ending = Ending(Outcome.TIMED_OUT, fault=Fault("SoftTimeout", "too long"), retryable=True)
    settle(ledger, claimed, ending, Recorder(ledger, claimed))

    run.refresh()
    assert (run.state, run.failures) == (RunState.SCHEDULED, 1)
    assert [state for _, state, _ in _attempts(run)] == [AttemptState.TIMED_OUT]


def test_losses_are_counted_apart_and_the_last_one_fails(take: Take, ledger: LedgerThread) -> None:
    run = submit(stubborn, {})
    claimed = take(run)
    settle(ledger, claimed, LOST, Recorder(ledger, claimed))
    run.refresh()
    assert (run.state, run.losses, run.failures) == (RunState.QUEUED, 1, 0)

    claimed = take(run)
    settle(ledger, claimed, LOST, Recorder(ledger, claimed))

    run.refresh()
    assert (run.state, run.losses) == (RunState.FAILED, 2)
    assert "SIGKILL" in run.error["message"]
    assert _attempts(run) == [
        (1, AttemptState.LOST, LOST.reason),
        (2, AttemptState.LOST, LOST.reason),
    ]
    told = lines.last(run.pk, 9)
    assert [line.n for line in told] == [1, 2]
    assert {line.stream for line in told} == {"system"}


def test_a_release_costs_nothing(run: Run, take: Take, ledger: LedgerThread) -> None:
    claimed = take(run)

    settle(ledger, claimed, Ending(Outcome.RELEASED, reason="stop"), Recorder(ledger, claimed))

    run.refresh()
    assert (run.state, run.losses, run.failures, run.attempt) == (RunState.QUEUED, 0, 0, 1)
    assert _attempts(run) == [(1, AttemptState.RELEASED, "stop")]


@pytest.mark.parametrize(
    "ending",
    [
        Ending(Outcome.SUCCEEDED, result="1"),
        FAILED,
        LOST,
        Ending(Outcome.CANCELLED),
        Ending(Outcome.RELEASED, reason="stop"),
    ],
    ids=lambda ending: str(ending.outcome),
)
def test_a_run_seen_as_cancelling_ends_as_cancelled(
    run: Run, take: Take, ledger: LedgerThread, ending: Ending
) -> None:
    claimed = take(run)
    assert cancel(run)
    assert run.refresh().state == RunState.CANCELLING

    became = settle(ledger, claimed, ending, Recorder(ledger, claimed))

    assert became == run.refresh().state == RunState.CANCELLED
    assert _attempts(run)[0][1] == AttemptState.CANCELLED
    assert not cancel(run)


def test_a_stale_attempt_changes_nothing(run: Run, take: Take, ledger: LedgerThread) -> None:
    stale = take(run)
    settle(ledger, stale, LOST, Recorder(ledger, stale))
    fresh = take(run)
    before = _row(run)
    fenced: list[bool] = []

    recorder = Recorder(ledger, stale, lambda: fenced.append(True))
    recorder.lines([Batch(1.0, "stdout", "info", ["from the past"])])
    ends = [
        settle(ledger, stale, ending, Recorder(ledger, stale))
        for ending in (Ending(Outcome.SUCCEEDED, result="1"), FAILED, LOST)
    ]

    assert ends == [None, None, None]
    assert fenced == [True]
    assert _row(run) == before
    assert run.refresh().token == fresh.token
    assert "from the past" not in [line.text for line in lines.last(run.pk, 9)]


def test_an_end_whose_answer_was_lost_is_answered_again(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)
    ending = Ending(Outcome.SUCCEEDED, result="1")
    recorder = Recorder(ledger, claimed)

    first = settle(ledger, claimed, ending, recorder)
    second = settle(ledger, claimed, ending, recorder)

    assert first == second == RunState.SUCCEEDED


def _attempts(run: Run) -> list[tuple[int, str, str]]:
    rows = Attempt.objects.filter(run=run).order_by("number")
    return list(rows.values_list("number", "state", "reason"))


def _row(run: Run) -> dict[str, object]:
    return Run.objects.filter(pk=run.pk).values().get()
