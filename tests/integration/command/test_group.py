"""`samovar group`."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from samovar.models import Run
from samovar.runtime.groups import submit_group
from showcase.tasks import my_task

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _said(*argv: str) -> str:
    out = io.StringIO()
    call_command("samovar", "group", *argv, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_a_group_is_shown_with_its_failures():
    group = submit_group(my_task, [{"duration": 1}] * 3)
    failed = group.runs.first()
    error = {"type": "ValueError", "message": "no tea"}
    Run.objects.filter(pk=failed.pk).update(state="failed", error=error)

    shown = _said(str(group.pk))

    assert f"{group.pk} my_task: running, 1/3" in shown
    assert f"{failed.pk} ValueError: no tea" in shown


def test_cancel_and_again_in_json():
    group = submit_group(my_task, [{"duration": 1}] * 2)

    assert json.loads(_said(str(group.pk), "cancel", "--json"))["counts"]["cancelled"] == 2
    with pytest.raises(SystemExit) as ended:
        _said(str(group.pk), "cancel")
    assert ended.value.code == 1
    assert json.loads(_said(str(group.pk), "again", "--json"))["size"] == 2


def test_an_unknown_group_is_bad_input():
    with pytest.raises(SystemExit) as ended:
        _said("nonsense")
    assert ended.value.code == 2
