"""Old runs go with all that belongs to them; what is kept, young or going on stays."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from samovar import clock, conf
from samovar.models import Attempt, Chunk, Group, Run
from samovar.runtime import lines
from samovar.runtime.integrity import flaws
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.upkeep.pruner import BATCH, CHUNKS, Pruner, prunable, prune
from samovar.types import Batch
from tests.integration.ledger.jobs import counted

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

OLD = clock.now() - dt.timedelta(days=40)


@pytest.fixture(autouse=True)
def rules(settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "KEEP_DAYS": 7, "KEEP_FAILED_DAYS": 30}


def _run(state: str, *, days: float, **columns: object) -> Run:
    at = clock.now() - dt.timedelta(days=days)
    return Run.objects.create(
        job="ledger_counted", state=state, created_at=at, finished_at=at, **columns
    )


def _left() -> set[Run]:
    return set(Run.objects.all())


def _said(*argv: str) -> str:
    out = io.StringIO()
    call_command("samovar", "prune", *argv, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_failures_stay_longer_and_what_is_kept_for_ever(ledger: LedgerThread) -> None:
    stays = {
        _run("succeeded", days=6),
        _run("failed", days=8, error={"type": "E", "message": ""}),
        _run("succeeded", days=900, is_kept=True),
        Run.objects.create(job="ledger_counted", state="queued", created_at=OLD),
    }
    for state in ("succeeded", "cancelled"):
        _run(state, days=8)
    _run("failed", days=31, error={"type": "E", "message": ""})

    assert Pruner(ledger).run_once() == 3
    assert _left() == stays
    assert Pruner(ledger).run_once() == 0


def test_without_a_rule_nothing_is_old(settings) -> None:
    settings.SAMOVAR = {**settings.SAMOVAR, "KEEP_DAYS": 0, "KEEP_FAILED_DAYS": 0}
    _run("succeeded", days=9000)

    assert not prunable(clock.now()).exists()


def test_all_that_belongs_to_a_run_goes(ledger: LedgerThread) -> None:
    run = _run("succeeded", days=8)
    chunks = [
        Chunk.pack(run.pk, 1, first, [Batch(1.0, "stdout", "info", ["tea"])])
        for first in range(1, CHUNKS + 50)
    ]
    Chunk.objects.bulk_create(chunks)
    Attempt.objects.create(run=run, number=1, token=run.pk, worker_id=run.pk, started_at=OLD)
    later = Run.objects.create(job="ledger_counted", state="queued", again_of=run)
    folder = conf.options().DATA / "artifacts" / str(run.pk)
    folder.mkdir(parents=True)
    (folder / "report.pdf").touch()

    assert Pruner(ledger).run_once() == 1

    assert not Chunk.objects.exists()
    assert not Attempt.objects.exists()
    assert not folder.exists()
    assert later.refresh().again_of is None


def test_who_is_marked_meanwhile_keeps_what_is_there(ledger: LedgerThread) -> None:
    run = _run("succeeded", days=8, log_lines=CHUNKS + 50)
    Chunk.objects.bulk_create(
        Chunk.pack(run.pk, 1, first, [Batch(1.0, "stdout", "info", ["tea"])])
        for first in range(1, CHUNKS + 51)
    )

    def transact(step):
        done = ledger.call(step)
        run.keep(is_kept=True)
        return done

    assert prune(clock.now(), transact) == 0

    assert [line.n for line in lines.every(run.pk)] == list(range(1, 51))
    assert flaws() == []


def test_a_group_goes_with_its_last_run_and_not_while_it_goes_on(ledger: LedgerThread) -> None:
    done, going_on = counted.submit_many([{}, {}]), counted.submit_many([{}, {}])
    Run.objects.update(state="succeeded", created_at=OLD, finished_at=OLD)
    Group.objects.filter(pk=done.id).update(finished_at=OLD)

    assert Pruner(ledger).run_once() == 2
    assert list(Group.objects.all()) == [going_on]


def test_the_upkeep_takes_a_batch_at_a_time_and_the_command_all(ledger: LedgerThread) -> None:
    for _ in range(BATCH + 5):
        _run("succeeded", days=8)

    assert _said("--dry-run") == f"{BATCH + 5} runs are old enough.\n"
    assert Pruner(ledger).run_once() == BATCH
    assert _said() == "5 runs were removed.\n"
    assert _said("--json") == '{"removed": 0, "found": 0, "files": 0}\n'


def test_a_run_is_marked_on_the_page_over_rest_and_by_command(client, settings) -> None:
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}
    run = _run("succeeded", days=8)

    client.post(f"/runs/{run.pk}/keeping/", {"keep": "yes"})
    page = client.get(run.url, headers={"accept-language": "en"})
    assert "This run is kept" in page.content.decode()
    client.post(f"/api/v1/runs/{run.pk}/keeping?keep=false", {}, "application/json")
    assert not run.refresh().is_kept
    call_command("samovar", "keep", str(run.pk), stdout=io.StringIO(), stderr=io.StringIO())
    assert run.refresh().is_kept
    call_command("samovar", "keep", str(run.pk), "--no", stderr=io.StringIO())
    assert not run.refresh().is_kept


@pytest.mark.parametrize("days", [-1, 40000, float("nan")])
def test_days_that_cannot_be_are_refused(settings, days) -> None:
    settings.SAMOVAR = {**settings.SAMOVAR, "KEEP_DAYS": days}

    with pytest.raises(ImproperlyConfigured, match="KEEP_DAYS"):
        conf.options()
