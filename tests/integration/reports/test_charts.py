"""The chart of the last day: a picture of the right size that shows the last day, and no more."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from reports import charts

pytestmark = pytest.mark.integration

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LINES = ["2026-03-01T11:00Z,1,0,0", "2026-03-01T18:00Z,4,2,1", "2026-03-02T11:55Z,9,5,3"]

SITE = """
import sys
import django
django.setup()
import reports.tasks
print("matplotlib" in sys.modules)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "users.csv"
    file.write_text("\n".join(["time,total,active,new", *LINES, ""]))
    return file


def test_a_day_is_read(path):
    assert [(one.total, one.active, one.new) for one in charts.read(path, NOW - charts.DAY)] == [
        (4, 2, 1),
        (9, 5, 3),
    ]


def test_it_is_a_picture_that_follows_the_site_s_language(path, settings):
    pictures = []
    for settings.LANGUAGE_CODE in ("en", "ru"):
        png = charts.last_day(path, NOW)
        with Image.open(io.BytesIO(png)) as picture:
            assert (picture.format, picture.size) == ("PNG", (900, 400))
        pictures.append(png)
    assert pictures[0] != pictures[1]


def test_a_day_without_lines_is_drawn_too(path):
    png = charts.last_day(path, NOW + dt.timedelta(days=30))
    assert Image.open(io.BytesIO(png)).size == (900, 400)


def test_the_site_does_not_load_matplotlib():
    command = [sys.executable, "-c", SITE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "False", done.stderr
