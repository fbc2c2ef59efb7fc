"""The showcase's resumable job goes on, whatever becomes of its worker."""

from __future__ import annotations

import re
import signal
import urllib.request

import pytest

from tests.faults.conftest import Haul

pytestmark = [pytest.mark.faults, pytest.mark.slow]

STEPS = 60
GOES_ON = re.compile(r"Goes on from (\d+) of 60\.")


def _attempts_of(haul: Haul) -> tuple[int, list[int], list[int]]:
    """Return from where the second attempt went on, and the steps that each attempt printed."""
    lines = haul.lines()
    [start] = [match for line in lines if (match := GOES_ON.fullmatch(line["text"]))]
    steps = [
        [
            int(line["text"].split()[1])
            for line in lines
            if line["attempt"] == attempt and line["stream"] == "stdout"
        ]
        for attempt in (1, 2)
    ]
    return int(start[1]), steps[0], steps[1]


def _page(haul: Haul) -> str:
    with urllib.request.urlopen(f"{haul.site.url}/runs/{haul.run}/", timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize(
    ("role", "number", "end"),
    [
        ("worker", signal.SIGKILL, "lost"),
        pytest.param("runner", signal.SIGKILL, "lost", marks=pytest.mark.long),
        pytest.param("worker", signal.SIGTERM, "released", marks=pytest.mark.long),
    ],
)
def test_a_resumable_job_goes_on(haul, role, number, end):
    haul.begin("long_walk", steps=STEPS, pause=0.05)
    runner = haul.attempts()[0]["pid"]
    [victim] = [one for one in haul.tree().of(role) if role == "worker" or one.pid == runner]
    victim.kill(number)
    haul.wait_for_success()

    assert [attempt["state"] for attempt in haul.attempts()] == [end, "succeeded"]
    start, first, second = _attempts_of(haul)
    assert first == list(range(1, len(first) + 1))
    assert second == list(range(start + 1, STEPS + 1))
    assert 0 < start <= len(first) < STEPS
    if role == "runner":
        assert start >= len(first) - 1, "what was complete is known to the supervisor"
    if end == "released":
        assert start == len(first), "it left between two steps"
    assert haul.ask(f"runs/{haul.run}")["progress"]["done"] == STEPS
    assert f"Goes on from {start} of {STEPS}." in _page(haul)
