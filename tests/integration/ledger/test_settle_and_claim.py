"""The end of one attempt and the claim of the next run stand in one transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samovar.models import Attempt, Run, RunState
from samovar.models.fields import uuid7
from samovar.runtime.claim import Claimed, Holder, claim_next
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_and
from samovar.runtime.submit import submit
from samovar.types import Ending, Outcome
from tests.integration.ledger.jobs import counted

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
DONE = Ending(Outcome.SUCCEEDED, result="3")


def _taker(holder: Holder) -> Callable[[], Claimed | None]:
    token = uuid7()
    calls: list[bool] = []

    def take() -> Claimed | None:
        calls.append(True)
        return claim_next(
            token=token,
            queues=["default"],
            jobs=[counted.name],
            holder=holder,
            pid=7,
            brand=1,
            is_first=len(calls) == 1,
        )

    return take


def test_the_next_run_is_claimed_with_the_end(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    waiting = submit(counted, {"number": 2})

    became, upcoming = settle_and(ledger, claimed, DONE, Recorder(ledger, claimed), _taker(holder))

    assert became == run.refresh().state == RunState.SUCCEEDED
    assert upcoming is not None
    assert upcoming.run_id == waiting.pk
    assert waiting.refresh().state == RunState.RUNNING


def test_a_result_that_cannot_be_kept_claims_the_next_run_once(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    waiting = [submit(counted, {"number": number}) for number in range(2)]
    unfit = Ending(Outcome.SUCCEEDED, result="1" * 5000)

    became, upcoming = settle_and(
        ledger, claimed, unfit, Recorder(ledger, claimed), _taker(holder)
    )

    assert became == run.refresh().state == RunState.FAILED
    assert upcoming is not None
    assert upcoming.run_id == waiting[0].pk
    assert [each.refresh().state for each in waiting] == [RunState.RUNNING, RunState.QUEUED]


def test_an_answer_that_was_lost_is_given_again(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    submit(counted, {"number": 2})
    submit(counted, {"number": 3})
    recorder, taker = Recorder(ledger, claimed), _taker(holder)

    answers = [settle_and(ledger, claimed, DONE, recorder, taker) for _ in range(2)]

    assert answers[0] == answers[1]
    assert Attempt.objects.count() == 2


def test_a_fenced_attempt_claims_nothing(
    run: Run, take: Take, ledger: LedgerThread, holder: Holder
) -> None:
    claimed = take(run)
    submit(counted, {"number": 2})
    fenced = Ending(Outcome.FENCED)

    answers = settle_and(ledger, claimed, fenced, Recorder(ledger, claimed), _taker(holder))

    assert answers == (None, None)
    assert Attempt.objects.count() == 1
