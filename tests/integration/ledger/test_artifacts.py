"""Files of runs: kept by whoever holds the run, whole, and gone with it."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from samovar import artifact
from samovar.models import Artifact, Run
from samovar.runtime import files
from samovar.runtime.recorder import Recorder
from samovar.testing import inline
from tests.integration.ledger.jobs import letter_writer

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    return tmp_path


@pytest.fixture
def finished(transactional_db) -> Run:
    with inline():
        return letter_writer.submit().refresh()


def content(row: Artifact) -> bytes:
    with files.storage().open(row.path) as file:
        return file.read()


def test_a_file_is_kept_with_its_measures(finished):
    row = Artifact.objects.get(run=finished, name="letter.txt")
    assert content(row) == b"Dear Anna"
    assert (row.size, row.media_type, row.attempt) == (9, "text/plain", 1)
    assert row.sha256 == hashlib.sha256(b"Dear Anna").hexdigest()


def test_the_second_of_a_name_replaces_the_first(finished):
    assert content(Artifact.objects.get(run=finished, name="twice.bin")) == b"new"


def test_an_attempt_that_has_lost_its_lease_keeps_no_file(run, take, ledger):
    claimed = take(run)
    Run.objects.filter(pk=run.pk).update(token=None, state="queued")
    recorder = Recorder(None, claimed)
    stored = files.store(run.pk, "late.txt", io.BytesIO(b"late"))
    recorder.artifact({**asdict(stored), "attempt": 1})
    assert not ledger.call(recorder.write)
    assert not Artifact.objects.exists()


def test_the_disk_holds_a_file_before_anybody_hears_of_it(run, folder, monkeypatch):
    synced = []
    sync = os.fsync

    def seen(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    stored = files.store(run.pk, "report.txt", io.BytesIO(b"whole"))

    assert synced == [folder / stored.path, (folder / stored.path).parent]


def test_files_go_with_their_run(finished, folder):
    assert list((folder / "artifacts" / str(finished.pk)).iterdir())
    files.remove_of(finished.pk)
    files.remove_of(finished.pk)
    assert not (folder / "artifacts" / str(finished.pk)).exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../up", "a/b", "a\\b", "a\nb", "x" * 121, "\u202ename"]
)
def test_a_name_that_no_file_can_have_is_refused(transactional_db, name):
    with inline():
        run = letter_writer.submit(name=name).refresh()
    assert (run.state, run.error["type"]) == ("failed", "ValueError")
    assert not Artifact.objects.exists()


def test_outside_a_run_nothing_is_kept(transactional_db):
    artifact("x.txt", b"x")
    assert not Artifact.objects.exists()
