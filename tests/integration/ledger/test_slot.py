"""A slot with a backlog: every attempt is known to the heart before anybody else hears of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samovar.models import Attempt, RunState
from samovar.runner.roster import Roster
from samovar.runner.slot import Shared, Slot
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


def test_an_attempt_is_held_before_anybody_is_told(
    ledger: LedgerThread, holder: Holder, template: Template
) -> None:
    runs = [submit(count, {"lines": lines}) for lines in (1, 2)]
    follower, beats, losses = Follower(), [], []
    roster = Roster(follower.on_occupancy)
    shared = Shared(
        holder=holder,
        queues=("default",),
        jobs=(count.name,),
        ledger=ledger,
        roster=roster,
        template=template,
        follower=follower,
        on_begin=lambda: beats.append("beat"),
        on_lost=lambda: losses.append("lost"),
    )
    slot = follower.slot = Slot(shared, 1)
    slot.start()
    roster.call_all()
    try:
        wait_for(lambda: [run.refresh().state for run in runs] == ["succeeded"] * 2)
        wait_for(lambda: len(follower.held) == 4)
    finally:
        roster.close()
        assert slot.join(10)

    first, second = (Attempt.objects.get(run=run).token for run in runs)
    assert follower.held == [first, second, second, None]
    assert len(beats) == 2
    assert losses == []
