"""A run that follows another begins with its result, or is cancelled with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction

from samovar import clock
from samovar.exceptions import InvalidParams, NothingFollows, UnsupportedOption
from samovar.models import Run, RunState
from samovar.runtime import waiting
from samovar.runtime.cancel import cancel
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.upkeep.dispatcher import Dispatcher
from samovar.types import Ending, Fault, Outcome
from tests.integration.ledger.jobs import bare, counted, lone, prompt, summed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

Take = Callable[[Run], Claimed]
SUCCESS = Ending(Outcome.SUCCEEDED, result="5")
FAILURE = Ending(Outcome.FAILED, fault=Fault("ValueError", "no luck"))


@pytest.fixture
def end(take: Take, ledger: LedgerThread) -> Callable[..., None]:
    def end_it(run: Run, ending: Ending = SUCCESS) -> None:
        claimed = take(run)
        settle(ledger, claimed, ending, Recorder(ledger, claimed))

    return end_it


def test_a_follower_waits_and_then_takes_the_result(run: Run, end: Callable[..., None]) -> None:
    follower = run.then(summed, second=2)
    assert (follower.state, follower.params) == (RunState.SCHEDULED, {"second": 2})
    assert str(run.pk) in waiting.why(follower).reason

    end(run)

    follower.refresh()
    assert follower.state == RunState.QUEUED
    assert follower.params == {"first": 5, "second": 2}
    assert follower.available_at is None


def test_the_start_deadline_of_a_follower_counts_from_when_it_may_begin(
    run: Run, end: Callable[..., None]
) -> None:
    follower = run.then(prompt)
    assert follower.expires_at is None
    before = clock.now()

    end(run)

    wait = follower.refresh().expires_at - before
    assert dt.timedelta(seconds=60) <= wait < dt.timedelta(seconds=90)


def test_several_follow_and_followers_have_followers(run: Run, end: Callable[..., None]) -> None:
    first, second = run.then(summed, 1), run.then(bare)
    third = first.then(counted)

    end(run)
    end(first.refresh())

    assert second.refresh().state == third.refresh().state == RunState.QUEUED
    assert (second.params, third.params) == ({}, {"number": 5})


@pytest.mark.parametrize("ending", [FAILURE, Ending(Outcome.CANCELLED)])
def test_without_success_nothing_follows(
    run: Run, end: Callable[..., None], ending: Ending
) -> None:
    follower = run.then(summed, 1)
    last = follower.then(bare)

    end(run, ending)

    assert follower.refresh().state == last.refresh().state == RunState.CANCELLED


def test_a_cancel_of_what_waits_drops_its_followers(run: Run) -> None:
    follower = run.then(bare)

    cancel(run)

    assert follower.refresh().state == RunState.CANCELLED


def test_a_run_that_expires_drops_its_followers(ledger: LedgerThread) -> None:
    from samovar.runtime.submit import submit

    run = submit(counted, {"number": 1}, expires_at=clock.now())
    follower = run.then(bare)

    Dispatcher(ledger).run_once()

    assert (run.refresh().state, follower.refresh().state) == ("failed", "cancelled")


def test_a_cancelled_follower_stays_cancelled(run: Run, end: Callable[..., None]) -> None:
    follower = run.then(bare)
    cancel(follower)

    end(run)

    assert follower.refresh().state == RunState.CANCELLED


def test_a_retry_lets_the_follower_wait(take: Take, ledger: LedgerThread, run: Run) -> None:
    follower = run.then(bare)
    claimed = take(run)

    settle(ledger, claimed, Ending(Outcome.LOST, reason="killed"), Recorder(ledger, claimed))

    assert run.refresh().state == RunState.QUEUED
    assert follower.refresh().state == RunState.SCHEDULED


def test_who_comes_after_the_success_begins_at_once(run: Run, end: Callable[..., None]) -> None:
    end(run)

    follower = run.then(summed, 1)

    assert (follower.state, follower.params) == (RunState.QUEUED, {"first": 5, "second": 1})


def test_nothing_follows_a_failed_run(run: Run, end: Callable[..., None]) -> None:
    end(run, FAILURE)

    with pytest.raises(NothingFollows, match="failed"):
        run.then(bare)

    assert Run.objects.count() == 1


def test_bad_input_is_refused(run: Run) -> None:
    with pytest.raises(InvalidParams, match="second"):
        run.then(summed, second="two")
    with pytest.raises(InvalidParams, match="required"):
        run.then(summed)
    with pytest.raises(UnsupportedOption, match="unique"):
        run.then(lone)

    assert Run.objects.count() == 1


def test_a_rollback_takes_the_follower_away(run: Run, end: Callable[..., None]) -> None:
    with transaction.atomic():
        run.then(bare)
        transaction.set_rollback(True)

    end(run)

    assert Run.objects.count() == 1
