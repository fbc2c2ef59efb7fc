"""Who asks a worker for a queue by the name that the site shows is told the broker's name."""

from __future__ import annotations

import pytest
from celery import Celery

from samovar.engine.celery.worker import bare_names

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("plain", "asked", "bare"),
    [
        ("samovar.default", ["default"], ["default"]),
        ("samovar.default", ["samovar.default", "letters"], []),
        ("default", ["default"], []),
    ],
)
def test_a_queue_of_jobs_without_its_prefix(plain, asked, bare):
    app = Celery("tea", set_as_current=False)
    app.conf.task_default_queue = plain

    assert bare_names(asked, app) == bare
