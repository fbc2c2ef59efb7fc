"""What becomes of files in time: uploads that no run has, artifacts that are old."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import asdict

import pytest
from django.core.management import call_command

from samovar import clock
from samovar.models import Artifact, Run, RunState, Upload
from samovar.runtime import files, uploads
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.upkeep.filing import Filing
from tests.integration.uploads.conftest import CSV
from tests.integration.uploads.jobs import count
from tests.integration.web.conftest import Page

pytestmark = pytest.mark.integration

DAY = dt.timedelta(days=1)


@pytest.fixture
def ledger():
    thread = LedgerThread()
    thread.start()
    yield thread
    thread.stop()


def prune(ledger, later=DAY * 2) -> int:
    return uploads.prune(clock.now() + later, ledger.call)


def test_an_upload_goes_when_no_run_has_it_and_a_day_has_passed(ledger, kept):
    runs = [count.submit(io.BytesIO(CSV)), count.submit(io.BytesIO(CSV))]
    Run.objects.get(pk=runs[0].id).delete()
    assert (prune(ledger), len(kept())) == (0, 1)
    Run.objects.get(pk=runs[1].id).delete()
    assert (prune(ledger, dt.timedelta(hours=1)), len(kept())) == (0, 1)
    assert (prune(ledger), kept(), Upload.objects.count()) == (1, [], 0)


def test_a_start_holds_an_upload_that_would_go(ledger, kept):
    run = count.submit(io.BytesIO(CSV))
    Run.objects.get(pk=run.id).delete()
    Upload.objects.update(used_at=clock.now() - DAY * 3)
    count.submit(io.BytesIO(CSV))
    assert (prune(ledger, -DAY), len(kept())) == (0, 1)


def test_a_file_without_a_row_is_swept(ledger, kept, folder):
    count.submit(io.BytesIO(CSV))
    (folder / "uploads" / "left").write_bytes(b"half a fi")
    assert (uploads.sweep(clock.now()), len(kept())) == (0, 2)
    assert (uploads.sweep(clock.now() + DAY * 2), len(kept())) == (1, 1)


def test_a_storage_that_is_full_is_told_and_nothing_stays(monkeypatch, kept):
    from samovar.exceptions import InvalidParams

    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files._Measured, "chunks", full)
    with pytest.raises(InvalidParams, match="could not be kept: No space left on device"):
        count.submit(io.BytesIO(CSV))
    assert (Run.objects.count(), Upload.objects.count(), kept()) == (0, 0, [])


@pytest.fixture
def letter(settings):
    """Give an artifact of a run that has ended, of the day before yesterday."""
    settings.SAMOVAR = {**settings.SAMOVAR, "KEEP_FILES_DAYS": 1}
    run = Run.objects.create(job="my_task", params={}, state=RunState.SUCCEEDED)
    stored = files.store(run.pk, "letter.txt", io.BytesIO(b"Dear Anna"))
    row = Artifact.objects.create(run=run, attempt=1, **asdict(stored))
    Artifact.objects.update(created_at=clock.now() - DAY * 2)
    return row


def test_an_old_artifact_expires_and_its_run_tells_of_it(client, ledger, letter):
    assert Filing(ledger).run_once() == 1
    assert not files.storage().exists(letter.path)
    page = Page(client.get(letter.run.url))
    assert "expired" in page.texts("strong")
    assert letter.url not in page.links()
    response = client.get(letter.url)
    assert response.status_code == 410
    assert "letter.txt was removed on" in response.content.decode()
    [told] = client.get(f"/api/v1/runs/{letter.run_id}/artifacts").json()
    assert (told["sha256"], told["expired_at"] is None) == (letter.sha256, False)
    assert Filing(ledger).run_once() == 0


@pytest.mark.parametrize("values", [{"is_kept": True}, {"state": RunState.RUNNING}])
def test_it_stays_while_its_run_goes_on_or_is_kept(ledger, letter, values):
    Run.objects.update(**values)
    assert Filing(ledger).run_once() == 0
    assert files.storage().exists(letter.path)


def test_it_stays_unless_the_settings_say_otherwise(ledger, letter, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "KEEP_FILES_DAYS": 0}
    assert Filing(ledger).run_once() == 0


def test_prune_by_hand_removes_files_too(letter, kept, capsys):
    run = count.submit(io.BytesIO(CSV))
    Run.objects.get(pk=run.id).delete()
    Upload.objects.update(used_at=clock.now() - DAY * 3)
    call_command("samovar", "prune", "--json")
    assert '"files": 2' in capsys.readouterr().out
    assert (kept(), files.storage().exists(letter.path)) == ([], False)
