"""Of a unique job, one run with a key is on its way at a time: the database says which."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from samovar import clock
from samovar.exceptions import UnsupportedOption
from samovar.models import Run, RunState
from samovar.runtime.cancel import cancel
from samovar.runtime.submit import submit, submit_many
from tests.integration.ledger.jobs import counted, prompt, single

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def test_a_second_submit_finds_the_first_run_until_it_has_ended() -> None:
    first = submit(single, {"account": 1, "note": "a"})

    assert submit(single, {"account": 1, "note": "b"}) == first
    assert submit(single, {"account": 2, "note": "a"}) != first
    assert submit(single, {"account": 1, "note": ""}, id=uuid.uuid4()) == first
    cancel(first)
    assert submit(single, {"account": 1, "note": "a"}) != first


@pytest.mark.parametrize("state", ["scheduled", "queued", "running", "cancelling"])
def test_the_database_refuses_a_second_one_whoever_writes_it(state: str) -> None:
    first = submit(single, {"account": 1, "note": ""})
    Run.objects.filter(pk=first.pk).update(state=state)

    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(job=single.name, unique_key=first.unique_key, state=RunState.QUEUED)
    assert Run.objects.create(job="another", unique_key=first.unique_key)


@pytest.mark.parametrize("submitters", [4])
def test_of_those_who_submit_at_once_one_makes_the_run(submitters: int) -> None:
    rounds = 10
    barrier = threading.Barrier(submitters)
    found: list[set[uuid.UUID]] = [set() for _ in range(rounds)]

    def submit_all() -> None:
        for number in range(rounds):
            barrier.wait(30)
            found[number].add(submit(single, {"account": number, "note": ""}).pk)
        connection.close()

    threads = [threading.Thread(target=submit_all) for _ in range(submitters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [len(ids) for ids in found] == [1] * rounds
    assert Run.objects.filter(job=single.name).count() == rounds


def test_a_second_submit_leaves_the_callers_transaction_whole() -> None:
    first = submit(single, {"account": 1, "note": ""})

    with transaction.atomic():
        assert submit(single, {"account": 1, "note": ""}) == first
        other = submit(counted, {"number": 1})

    assert other.refresh().state == RunState.QUEUED


def test_many_at_once_share_runs() -> None:
    runs = submit_many(single, [{"account": n, "note": ""} for n in (1, 2, 1)])

    assert [run == runs[0] for run in runs] == [True, False, True]


def test_an_id_is_taken_once() -> None:
    run = submit(counted, {"number": 1})

    with pytest.raises(UnsupportedOption, match="There is a run"):
        submit(counted, {"number": 1}, id=run.pk)


def test_a_start_deadline_is_reckoned_from_when_a_run_may_begin() -> None:
    later = clock.now() + dt.timedelta(hours=1)

    now, scheduled = submit(prompt, {}), submit(prompt, {}, available_at=later)

    assert now.expires_at == now.created_at + dt.timedelta(seconds=60)
    assert scheduled.expires_at == later + dt.timedelta(seconds=60)
    assert submit(prompt, {}, expires_at=later).expires_at == later
