"""What a database does not take ends neither the slot nor the run without a word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from samovar.models import Attempt, Run, RunState
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle
from samovar.types import Batch, Ending, Fault, Outcome, Progress

pytestmark = pytest.mark.integration

Take = Callable[[Run], Claimed]


def test_unfit_characters_are_replaced(run: Run, take: Take, ledger: LedgerThread) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.lines([Batch(1.0, "stdout", "info", ["nul \0", "half \ud800"])])
    recorder.progress(Progress(float("inf"), float("nan"), "nul \0"))
    recorder.checkpoint('{"nul": "\\u0000", "half": "\\ud800", "whole": "\\ud83d\\ude00"}')
    fault = Fault("Odd\0Error", "nul \0", "half \ud800")

    became = settle(ledger, claimed, Ending(Outcome.FAILED, fault=fault), recorder)

    run.refresh()
    assert became == run.state == RunState.FAILED
    assert run.error == {"type": "Odd\ufffdError", "message": "nul \ufffd"}
    assert (run.progress_done, run.progress_text) == (None, "nul \ufffd")
    assert run.checkpoint == {"nul": "\ufffd", "half": "\ufffd", "whole": "\U0001f600"}
    assert Attempt.objects.get(run=run).error_type == "Odd\ufffdError"


@pytest.mark.parametrize("result", ["1" * 5000, "[" * 100_000 + "]" * 100_000])
def test_a_result_that_cannot_be_kept_fails_the_run(
    run: Run, take: Take, ledger: LedgerThread, result: str
) -> None:
    claimed = take(run)
    recorder = Recorder(ledger, claimed)
    recorder.lines([Batch(1.0, "stdout", "info", ["done"])])

    became = settle(ledger, claimed, Ending(Outcome.SUCCEEDED, result=result), recorder)

    run.refresh()
    assert became == run.state == RunState.FAILED
    assert run.error["type"] == "ResultNotKept"
    assert run.log_lines == 1


def test_a_job_that_cancels_itself_is_cancelled(
    run: Run, take: Take, ledger: LedgerThread
) -> None:
    claimed = take(run)

    became = settle(ledger, claimed, Ending(Outcome.CANCELLED), Recorder(ledger, claimed))

    assert became == run.refresh().state == RunState.CANCELLED
    assert run.token is None
