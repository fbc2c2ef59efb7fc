"""A run exists exactly when its transaction does."""

from __future__ import annotations

import contextlib

import pytest
from django.db import transaction

from samovar.exceptions import InvalidParams
from samovar.models import Run, RunState
from samovar.runtime import publisher
from samovar.runtime.again import again
from samovar.runtime.cancel import cancel
from samovar.runtime.submit import submit, submit_many
from tests.integration.ledger.jobs import counted

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def test_a_rollback_takes_the_run_away() -> None:
    with transaction.atomic():
        run = submit(counted, {"number": 1})
        transaction.set_rollback(True)

    assert not Run.objects.filter(pk=run.pk).exists()


def test_a_job_validates_before_anything_is_stored() -> None:
    with pytest.raises(InvalidParams):
        counted.submit(number="many")  # type: ignore[arg-type]

    assert not Run.objects.exists()


def test_ids_and_creation_agree_on_the_order() -> None:
    runs = [counted.submit(number=number) for number in range(20)]

    newest = Run.objects.newest_first().values_list("id", flat=True)
    assert list(newest) == [run.id for run in reversed(runs)]


def test_many_at_once() -> None:
    runs = submit_many(counted, [{"number": number} for number in range(2500)])

    assert Run.objects.count() == 2500
    assert Run.objects.get(pk=runs[2499].pk).params == {"number": 2499}


def test_a_queued_run_is_cancelled_at_once() -> None:
    run = submit(counted, {"number": 1})

    assert cancel(run, by="a" * 200)
    assert run.state == RunState.CANCELLED
    assert run.cancelled_by == "a" * 150
    assert run.finished_at is not None
    assert not cancel(run)


def test_again_makes_a_new_run_of_the_same() -> None:
    run = submit(counted, {"number": 4})

    second = again(run)

    assert second.pk != run.pk
    assert (second.params, second.again_of_id) == ({"number": 4}, run.pk)


def test_the_id_is_read_by_sql_as_people_see_it() -> None:
    from django.db import connection

    run = submit(counted, {"number": 1})

    with connection.cursor() as cursor:
        cursor.execute("SELECT job, state FROM samovar_run WHERE id = %s", [str(run.id)])
        assert cursor.fetchall() == [("ledger_counted", "queued")]


def test_a_run_is_announced_only_once_it_is_committed() -> None:
    heard: list[publisher.Hint] = []
    with publisher.handing_to(heard.append):
        with transaction.atomic():
            run = submit(counted, {})
            assert not heard
        assert [hint.run_id for hint in heard] == [run.pk]

        with contextlib.suppress(LookupError), transaction.atomic():
            submit(counted, {})
            raise LookupError

    assert len(heard) == 1
