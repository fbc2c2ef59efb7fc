"""The roster: no call is overlooked between a slot's last look and its rest."""

from __future__ import annotations

import threading
import uuid

import pytest

from samovar.runner.roster import Call, Roster
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.unit


class Sleeper:
    """A thread that rests once."""

    def __init__(self, roster: Roster) -> None:
        self.heard: list[Call | None] = []
        self._thread = threading.Thread(
            target=lambda: self.heard.append(roster.rest(roster.missed)), daemon=True
        )
        self._thread.start()

    def wait(self) -> Call | None:
        self._thread.join(5)
        return self.heard[0]


@pytest.fixture
def idle() -> list[int]:
    return []


@pytest.fixture
def roster(idle) -> Roster:
    return Roster(idle.append)


def test_a_resting_slot_is_called(roster, idle):
    sleeper = Sleeper(roster)
    wait_for(lambda: idle == [1])
    run_id = uuid.uuid4()
    assert roster.call(run_id)
    assert sleeper.wait() == Call(run_id)
    assert idle == [1, 0]


def test_nobody_rests(roster):
    seen = roster.missed
    assert not roster.call(uuid.uuid4())
    assert roster.rest(seen) == Call()


def test_one_slot_takes_one_call(roster, idle):
    sleeper = Sleeper(roster)
    wait_for(lambda: idle == [1])
    first = uuid.uuid4()
    assert roster.call(first)
    assert not roster.call(uuid.uuid4())
    assert sleeper.wait() == Call(first)


def test_all_are_called(roster, idle):
    sleepers = [Sleeper(roster), Sleeper(roster)]
    wait_for(lambda: 2 in idle)
    roster.call_all()
    assert [sleeper.wait() for sleeper in sleepers] == [Call(), Call()]


def test_a_closed_roster_calls_nobody(roster, idle):
    sleeper = Sleeper(roster)
    wait_for(lambda: idle == [1])
    roster.close()
    assert sleeper.wait() is None
    assert not roster.call(uuid.uuid4())
    assert roster.rest(-1) is None
    assert not roster.is_open()
