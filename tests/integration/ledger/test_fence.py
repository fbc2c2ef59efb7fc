"""An attempt that has lost its lease writes nothing, by whichever way it tries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samovar.models import Chunk, Run
from samovar.runtime import beat
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.types import Batch, Ending, Outcome, Progress
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]
Write = Callable[[LedgerThread, Claimed, Recorder], object]

WRITES: dict[str, Write] = {
    "lines": lambda _, __, recorder: recorder.lines([Batch(1.0, "stdout", "info", ["late"])]),
    "progress": lambda _, __, recorder: recorder.progress(Progress(1, 2, "late")),
    "checkpoint": lambda _, __, recorder: recorder.checkpoint('"late"'),
    "end": lambda ledger, claimed, recorder: settle(
        ledger, claimed, Ending(Outcome.SUCCEEDED, result='"late"'), recorder
    ),
    "beat": lambda ledger, claimed, _: ledger.call(
        lambda: beat.renew(claimed.run_id, [claimed.token], bool)
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_late_write_changes_nothing(
    run: Run, take: Take, ledger: LedgerThread, write: Write
) -> None:
    stale = take(run)
    settle(ledger, stale, Ending(Outcome.RELEASED, reason="stop"), Recorder(ledger, stale))
    take(run)
    before = (_row(run), Chunk.objects.filter(run=run).count())
    fenced: list[bool] = []

    write(ledger, stale, Recorder(ledger, stale, lambda: fenced.append(True)))
    ledger.call(lambda: None)

    assert (_row(run), Chunk.objects.filter(run=run).count()) == before


@pytest.mark.parametrize("name", ["lines", "progress", "checkpoint"])
def test_the_attempt_hears_that_it_is_fenced(
    run: Run, take: Take, ledger: LedgerThread, name: str
) -> None:
    claimed = take(run)
    Run(pk=run.pk).release(token=claimed.token)
    fenced: list[bool] = []

    WRITES[name](ledger, claimed, Recorder(ledger, claimed, lambda: fenced.append(True)))

    wait_for(lambda: fenced, 5, "the fence")


def _row(run: Run) -> dict[str, object]:
    return Run.objects.filter(pk=run.pk).values().get()
