"""Every transport tells the same of a run: each line once, in order, and the end last."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.rig.loop import run_in_a_loop
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.contract, pytest.mark.slow]

SECONDS = 30


def follow(viewers, begin):
    """Let `viewers` listen, then `begin`; return once all were told the end."""

    async def main():
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            for viewer in viewers:
                group.create_task(viewer.follow())
            for viewer in viewers:
                await viewer.ready.wait()
            await asyncio.to_thread(begin)

    run_in_a_loop(main)


def ask(site, path, **query) -> dict:
    return httpx.get(f"{site.url}/api/v1/runs/{path}", params=query).raise_for_status().json()


def stored(site, run_id) -> list[dict]:
    """Return the lines of the run as the ledger has them."""
    lines, after = [], 0
    while after is not None:
        page = ask(site, f"{run_id}/log", after=after)
        lines, after = lines + page["lines"], page["next"]
    return lines


def cancel(site, run_id) -> None:
    httpx.post(f"{site.url}/api/v1/runs/{run_id}/cancellation").raise_for_status()


def test_each_line_comes_once_and_in_order_and_the_end_comes_last(site, transport, gate, submit):
    run_id = submit("talk", lines=20, pause=0.03)
    viewer = transport(site.url, run_id)
    follow([viewer], gate.touch)

    assert viewer.lines == stored(site, run_id)
    assert [line["n"] for line in viewer.lines] == list(range(1, 21))
    assert viewer.events[-1].event == "state"
    assert viewer.events[-1].data == ask(site, run_id)
    assert viewer.events[-1].data["state"] == "succeeded"
    assert len(viewer.named("log")) > 2, "they came as they were printed"
    positions = [event.id for event in viewer.events]
    assert positions == sorted(positions)
    assert all(event.id == event.data["lines"][-1]["n"] for event in viewer.named("log"))


def test_progress_never_goes_back(site, transport, gate, submit):
    run_id = submit("talk", lines=10, pause=0.05)
    viewer = transport(site.url, run_id)
    follow([viewer], gate.touch)

    percents = [event.data["percent"] or 0 for event in viewer.named("progress")]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    members = {"done", "total", "percent", "text", "eta_seconds"}
    assert set(viewer.named("progress")[-1].data) == members


def test_a_flood_comes_whole(site, transport, gate, submit):
    run_id = submit("talk", lines=5000)
    viewer = transport(site.url, run_id)
    follow([viewer], gate.touch)

    assert [line["n"] for line in viewer.lines] == list(range(1, 5001))
    assert viewer.events[-1].is_final


def test_each_of_several_viewers_is_told_all(site, transport, gate, submit):
    run_id = submit("talk", lines=50)
    viewers = [transport(site.url, run_id) for _ in range(5)]
    follow(viewers, gate.touch)

    for viewer in viewers:
        assert viewer.lines == stored(site, run_id)
        assert viewer.events[-1].data["result"] == 50


def test_a_run_that_is_cancelled(site, transport, gate, submit):
    run_id = submit("linger")
    viewer = transport(site.url, run_id)

    def begin():
        gate.touch()
        wait_for(lambda: ask(site, f"{run_id}/log")["lines"], message="the first line")
        cancel(site, run_id)

    follow([viewer], begin)

    assert viewer.lines == stored(site, run_id)
    assert viewer.events[-1].data["state"] == "cancelled"


def test_a_run_that_is_cancelled_while_it_waits(site, transport, gate, submit):
    held = [submit("linger"), submit("linger")]
    run_id = submit("talk", lines=1)
    viewer = transport(site.url, run_id)
    try:
        follow([viewer], lambda: cancel(site, run_id))
    finally:
        for each in held:
            cancel(site, each)

    assert viewer.lines == []
    assert viewer.events[-1].data["state"] == "cancelled"
