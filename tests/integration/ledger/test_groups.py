"""A group of runs: written at once, counted, ended, cancelled and repeated as one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from samovar.exceptions import InvalidParams, UnsupportedOption
from samovar.models import Group, Run, RunState
from samovar.runtime.claim import Claimed
from samovar.runtime.ends import finish
from samovar.runtime.groups import again_failed, cancel_group
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.upkeep.groups import GroupEnds
from samovar.types import Ending, Fault, Outcome
from tests.integration.ledger.jobs import counted, lone

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

Take = Callable[[Run], Claimed]
SUCCESS = Ending(Outcome.SUCCEEDED, result="1")
FAILURE = Ending(Outcome.FAILED, fault=Fault("ValueError", "no luck"))


def _end(run: Run, take: Take, ledger: LedgerThread, ending: Ending = SUCCESS) -> None:
    claimed = take(run)
    settle(ledger, claimed, ending, Recorder(ledger, claimed))


def _group(size: int) -> Group:
    made = counted.submit_many({"number": number} for number in range(size))
    assert isinstance(made, Group)
    return made


def test_all_runs_or_none() -> None:
    with transaction.atomic():
        group = _group(3)
        transaction.set_rollback(True)

    assert not Group.objects.filter(pk=group.pk).exists()
    assert not Run.objects.exists()


def test_each_fault_is_named_by_its_place_and_nothing_is_stored() -> None:
    with pytest.raises(InvalidParams) as caught:
        counted.submit_many([{"number": 1}, {"number": "x"}, {"numbers": 1}])

    assert [field for field, _ in caught.value.errors] == ["1.number", "2.numbers"]
    assert not Group.objects.exists()


def test_many_faults_are_summed_up() -> None:
    with pytest.raises(InvalidParams) as caught:
        counted.submit_many([{"number": "x"}] * 50)

    assert len(caught.value.errors) == 21
    assert caught.value.errors[-1] == ("", "and 30 more")


def test_a_unique_job_is_refused() -> None:
    with pytest.raises(UnsupportedOption, match="unique"):
        lone.submit_many([{}])


def test_ten_thousand_are_counted_by_one_query() -> None:
    group = _group(10_000)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        tally = group.tally()

    assert len(queries) == 1
    assert (tally.counts, tally.size, tally.percent) == ({"queued": 10_000}, 10_000, 0.0)
    assert group.state == RunState.QUEUED


def test_an_empty_group_has_succeeded() -> None:
    group = _group(0)

    assert group.finished_at is not None
    assert (group.state, group.tally().percent) == (RunState.SUCCEEDED, 100.0)


def test_the_last_end_finishes_the_group(take: Take, ledger: LedgerThread) -> None:
    group = _group(3)
    first, second, third = group.runs.order_by("id")

    _end(first, take, ledger)
    assert (group.state, group.refresh().finished_at) == (RunState.RUNNING, None)
    _end(second, take, ledger, FAILURE)
    _end(third, take, ledger)

    assert group.state == RunState.FAILED
    assert group.refresh().finished_at is not None
    assert group.tally().counts == {"succeeded": 2, "failed": 1}


def test_a_group_whose_last_writer_died_is_finished_by_the_upkeep(ledger: LedgerThread) -> None:
    group = _group(2)
    for run in group.runs:
        run.cancel(now=group.created_at)
    assert group.refresh().finished_at is None

    assert GroupEnds(ledger).run_once() == 1
    assert GroupEnds(ledger).run_once() == 0
    assert group.refresh().finished_at is not None
    assert not finish(group.pk)


def test_a_cancel_reaches_every_run(take: Take, ledger: LedgerThread) -> None:
    group = _group(1200)
    first, second = group.runs.order_by("id")[:2]
    _end(first, take, ledger)
    take(second)

    assert cancel_group(group, by="anna")

    assert group.runs.filter(cancelled_by="anna").count() == 1199
    assert group.tally().counts == {"succeeded": 1, "cancelling": 1, "cancelled": 1198}
    assert group.state == RunState.RUNNING
    assert cancel_group(group), "the one that is cancelling has not ended"


def test_a_group_that_has_ended_is_not_cancelled() -> None:
    group = _group(2)
    assert cancel_group(group)

    assert group.refresh().finished_at is not None
    assert not cancel_group(group)


def test_again_repeats_what_did_not_succeed(take: Take, ledger: LedgerThread) -> None:
    group = _group(3)
    first, second, _third = group.runs.order_by("id")
    _end(first, take, ledger)
    _end(second, take, ledger, FAILURE)
    cancel_group(group)

    again = again_failed(group)

    assert again.again_of == group
    assert [run.params for run in again.runs.order_by("id")] == [{"number": 1}, {"number": 2}]
