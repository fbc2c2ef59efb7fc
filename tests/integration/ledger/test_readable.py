"""A person who reads the table by SQL sees what was meant."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from samovar import clock
from samovar.models import Run
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.types import Ending, Outcome

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

SAID = "Задача выполнена за 5 секунд!"


def test_letters_stand_in_the_result_as_letters(ledger, take, run):
    claimed = take(run)
    ending = Ending(Outcome.SUCCEEDED, result=json.dumps(SAID))
    settle_now(claimed, ending, Recorder(ledger, claimed), now=clock.now())

    with connection.cursor() as cursor:
        cursor.execute("SELECT state, CAST(result AS text), id FROM samovar_run")
        assert cursor.fetchall()[0][:2] == ("succeeded", f'"{SAID}"')
    assert Run.objects.get(pk=run.pk).result == SAID
