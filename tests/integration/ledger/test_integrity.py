"""What contradicts itself is found, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from samovar import clock
from samovar.models import Attempt, Chunk, Group, Run
from samovar.runtime.claim import Claimed
from samovar.runtime.integrity import flaws
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.runtime.submit import submit
from samovar.types import Batch, Ending, Outcome
from tests.integration.ledger.jobs import counted

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

Take = Callable[[Run], Claimed]


@pytest.fixture
def told(run: Run, take: Take, ledger: LedgerThread) -> Run:
    """Give a run that was handed back once, has a log of both attempts, and is performed."""
    for ending in (Ending(Outcome.RELEASED, reason="again"), None):
        claimed = take(run)
        recorder = Recorder(ledger, claimed)
        recorder.lines([Batch(1.0, "stdout", "info", [f"line {n}" for n in range(300)])])
        if ending:
            settle(ledger, claimed, ending, recorder)
        else:
            ledger.call(recorder.write)
    return run


def _words() -> list[str]:
    return [flaw.words for flaw in flaws()]


def test_a_ledger_in_use_is_whole(told: Run) -> None:
    told.then(counted)
    counted.submit_many([{}, {}])

    assert flaws() == []


def test_places_are_named_and_counted(told: Run) -> None:
    Chunk.objects.filter(run=told, attempt=1).first().delete()  # type: ignore[union-attr]

    [flaw] = flaws()

    assert (flaw.words, flaw.count, flaw.examples) == ("logs have a gap", 1, (str(told.pk),))


def _spoil_chunk(run: Run) -> None:
    chunk = Chunk.objects.filter(run=run).order_by("-first").first()
    assert chunk is not None
    Chunk.pack(run.pk, 2, chunk.first + 1, [Batch(1.0, "stdout", "info", ["again"])]).save()


def _tear_chunk(run: Run) -> None:
    Chunk.objects.filter(run=run).update(body=b"torn", is_packed=False)


def _overlap(run: Run) -> None:
    later = clock.now() + dt.timedelta(hours=1)
    Attempt.objects.filter(run=run, number=1).update(finished_at=later)


def _orphan(run: Run) -> None:
    Attempt.objects.filter(run=run, number=1).update(run=uuid.uuid4())


def _end_an_attempt(run: Run) -> None:
    Attempt.objects.filter(run=run, number=1).update(finished_at=None)


def _succeed_alone(run: Run) -> None:
    Attempt.objects.filter(run=run, number=2).update(state="succeeded")


def _forget_a_follower(run: Run) -> None:
    run.then(counted)
    Run.objects.filter(pk=run.pk).update(state="cancelled")


def _forget_a_group_s_follower(_run: Run) -> None:
    group = counted.submit_many([])
    submit(counted, {}, follows_group=Group.objects.get(pk=group.id))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ({"lease_until": None}, "runs are performed without a lease"),
        ({"state": "queued"}, "runs hold a lease and are not performed"),
        ({"state": "succeeded"}, "runs have ended without an instant"),
        ({"finished_at": clock.now()}, "runs have an end and go on"),
        ({"state": "failed"}, "runs have failed without an error"),
        ({"state": "succeeded", "error": {}}, "runs have succeeded with an error"),
        ({"state": "scheduled"}, "runs are scheduled for no time"),
        ({"started_at": None}, "runs are performed and never began"),
        ({"token": uuid.uuid4()}, "runs are performed by no attempt"),
        ({"attempt": 7}, "runs count other attempts than they have"),
        ({"log_lines": 7}, "logs have another length than their runs say"),
        (_spoil_chunk, "logs have a line twice"),
        (_tear_chunk, "chunks hold other lines than they count"),
        (_overlap, "attempts overlap"),
        (_end_an_attempt, "attempts have ended without an instant"),
        (_succeed_alone, "attempts have succeeded, and their runs have not"),
        ({"state": "succeeded"}, "runs have succeeded by an attempt that has not"),
        (_forget_a_follower, "runs wait for one that has ended"),
        (_forget_a_group_s_follower, "runs wait for a group that has finished"),
    ],
)
def test_a_flaw_is_found(told: Run, spoil: object, words: str) -> None:
    if callable(spoil):
        spoil(told)
    else:
        Run.objects.filter(pk=told.pk).update(**spoil)  # type: ignore[arg-type]

    assert words in _words()


def test_a_missing_attempt_is_found(told: Run) -> None:
    Attempt.objects.filter(run=told, number=1).delete()

    assert "attempts are missing between others" in _words()


def test_an_attempt_without_its_run_is_found(told: Run) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does not let it happen.")
    with connection.constraint_checks_disabled():
        _orphan(told)
        found = _words()
        Attempt.objects.filter(number=1).update(run=told)

    assert "attempts belong to no run" in found


def test_a_group_that_is_finished_too_early_is_found(told: Run) -> None:
    group = counted.submit_many([{}, {}])
    Group.objects.update(finished_at=clock.now())

    assert flaws()[0].examples == (str(group.id),)
