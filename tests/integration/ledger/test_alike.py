"""Runs that are submitted together stand in the ledger as each was given."""

from __future__ import annotations

import pytest
from django.db import DataError, connection

from samovar.models import Run, alike
from samovar.runtime.submit import submit_many
from tests.integration.ledger.jobs import counted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_params_that_python_holds_for_equal_stay_apart() -> None:
    params = [{"number": 1}, {"number": True}, {"number": 1.0}]

    made = submit_many(counted, params)

    kept = [Run.objects.get(pk=run.pk).params["number"] for run in made]
    assert [(type(number), number) for number in kept] == [(int, 1), (bool, True), (float, 1.0)]


def test_what_is_returned_is_what_was_written() -> None:
    made = submit_many(counted, [{"number": number} for number in range(alike.BATCH + 1)])

    kept = list(Run.objects.order_by("created_at", "id"))
    fields = [field.attname for field in Run._meta.concrete_fields]
    assert len(kept) == alike.BATCH + 1
    assert [[getattr(run, name) for name in fields] for run in made[-2:]] == [
        [getattr(run, name) for name in fields] for run in kept[-2:]
    ]
    assert not any(run._state.adding for run in made)


def test_one_row_is_written_and_none() -> None:
    assert len(submit_many(counted, [{"number": 1}])) == Run.objects.count() == 1
    assert submit_many(counted, []) == []


def test_a_text_that_is_too_long_is_refused_and_never_cut() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lengths")

    with pytest.raises(DataError):
        alike.insert([Run(job="j" * 65), Run(job="j" * 65)])


def test_what_befalls_one_run_befalls_no_other() -> None:
    made = submit_many(counted, [{"number": 1}, {"number": 2}])

    made[0].params["number"] = 7
    made[0].delete()

    assert made[1].params == {"number": 2}
    assert made[1].refresh().pk
    assert not made[1]._state.adding
