"""A slot with a backlog: every attempt is known to the heart before anybody else hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from samovar.models import Attempt, Run, RunState
from samovar.runner.roster import Roster
from samovar.runner.slot import SLOW_SECONDS, Shared, Slot
from samovar.runner.template import Template
from samovar.runtime.claim import Claimed, Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.submit import submit
from samovar.types import Ending
from tests.integration.runner.jobs import count
from tests.integration.runner.rig import start_template
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration


class Follower:
    """Notes what the slot holds whenever it is told something: a broker may hang there."""

    slot: Slot

    def __init__(self) -> None:
        self.held: list[object] = []

    def follow(self, _: Claimed) -> Follower:
        self.held.append(self.slot.token)
        return self

    def end(self, _ending: Ending, _state: RunState | None) -> None:
        self.held.append(self.slot.token)

    def on_occupancy(self, _: int) -> None:
        """Hear nothing of it."""


@pytest.fixture
def template() -> Iterator[Template]:
    template = start_template()
    yield template
    template.stop()


class Thinker(Follower):
    """Takes its time to hear of an end, and notes how many runs are held meanwhile."""

    def end(self, _ending: Ending, _state: RunState | None) -> None:
        self.held.append(Run.objects.filter(state=RunState.RUNNING).count())
        connection.close()
        threading.Event().wait(2 * SLOW_SECONDS)


def perform(
    runs: list[Run],
    follower: Follower,
    template: Template,
    ledger: LedgerThread,
    holder: Holder,
) -> list[str]:
    """Let one slot perform the runs; return the beats and losses that it tells of."""
    told: list[str] = []
    roster = Roster(follower.on_occupancy)
    slot = follower.slot = Slot(
        Shared(
            holder=holder,
            queues=("default",),
            jobs=(count.name,),
            ledger=ledger,
            roster=roster,
            template=template,
            follower=follower,
            on_begin=lambda: told.append("beat"),
            on_lost=lambda: told.append("lost"),
        ),
        1,
    )
    slot.start()
    roster.call_all()
    try:
        wait_for(lambda: {run.refresh().state for run in runs} == {"succeeded"})
        wait_for(lambda: slot.token is None)
    finally:
        roster.close()
        assert slot.join(30)
    return told


def test_an_attempt_is_held_before_anybody_is_told(
    ledger: LedgerThread, holder: Holder, template: Template
) -> None:
    runs = [submit(count, {"lines": lines}) for lines in (1, 2)]
    follower = Follower()

    told = perform(runs, follower, template, ledger, holder)

    first, second = (Attempt.objects.get(run=run).token for run in runs)
    assert follower.held == [first, second, second, None]
    assert told == ["beat", "beat"]


def test_nothing_is_claimed_while_a_slow_handler_hears_of_an_end(
    ledger: LedgerThread, holder: Holder, template: Template
) -> None:
    runs = [submit(count, {"lines": 1}) for _ in range(3)]
    follower = Thinker()

    perform(runs, follower, template, ledger, holder)

    # Only its first answer, by which it is known to be slow, finds the next run claimed.
    assert [each for each in follower.held if isinstance(each, int)] == [1, 0, 0]
