"""An open site with a data folder of its own, and files to send to it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.integration.uploads import jobs

CSV = b"town,people\nTver,420000\n"


@pytest.fixture(autouse=True)
def folder(transactional_db, settings, tmp_path):
    """Let everybody in, keep files in a folder of the test, and take at most 1 MB."""
    known = {**settings.SAMOVAR, "OPEN": True, "DATA": tmp_path, "UPLOAD_MEGABYTES": 1}
    settings.SAMOVAR = known
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "coming")
    (tmp_path / "coming").mkdir()
    return tmp_path


@pytest.fixture
def kept(folder):
    """Give a function that lists the uploads in the storage."""
    return lambda: sorted(path.name for path in folder.glob("uploads/*"))


@pytest.fixture
def csv():
    return SimpleUploadedFile("towns.csv", CSV, "text/csv")


@pytest.fixture
def names():
    """Give the names of the jobs."""
    return jobs.count.name, jobs.perhaps.name, jobs.once.name
