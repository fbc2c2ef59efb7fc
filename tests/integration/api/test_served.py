"""The API of a site as it is served, with a worker that performs the runs."""

from __future__ import annotations

import json
import urllib.request

import pytest

pytestmark = pytest.mark.integration


def _get(site, path: str):
    with urllib.request.urlopen(f"{site.url}/api/v1/{path}", timeout=40) as answer:
        return json.load(answer)


def _start(site, job: str, **params) -> dict:
    request = urllib.request.Request(
        f"{site.url}/api/v1/jobs/{job}/runs",
        json.dumps(params).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
        return json.load(answer)


def test_a_run_is_started_awaited_and_read(site):
    run = _start(site, "long_process", num_seconds=1)
    ended = _get(site, f"runs/{run['id']}?wait=30")
    assert ended["state"] == "succeeded"
    assert ended["progress"]["percent"] == 100
    log = _get(site, f"runs/{run['id']}/log")
    printed = [line["text"] for line in log["lines"] if line["stream"] == "stdout"]
    assert printed == ["Running for 0 seconds..."]
    assert log["next"] is None
    (attempt,) = _get(site, f"runs/{run['id']}/attempts")
    assert attempt["state"] == "succeeded"
    assert attempt["pid"] > 0


def test_the_events_of_a_run_end_with_its_state(site):
    run = _start(site, "long_process", num_seconds=2)
    address = f"{site.url}/api/v1/runs/{run['id']}/events"
    with urllib.request.urlopen(address, timeout=40) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        frames = [frame.splitlines() for frame in answer.read().decode().split("\n\n")]
    told = [
        (fields["event"], json.loads(fields["data"]))
        for frame in frames
        if "event" in (fields := dict(line.split(": ", 1) for line in frame if ": " in line))
    ]
    numbers = [line["n"] for name, data in told if name == "log" for line in data["lines"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 2
    name, last = told[-1]
    assert (name, last["state"]) == ("state", "succeeded")


def test_the_head_of_events_does_not_wait_for_them(site):
    run = _start(site, "long_process", num_seconds=60)
    address = f"{site.url}/api/v1/runs/{run['id']}"
    head = urllib.request.Request(f"{address}/events", method="HEAD")
    with urllib.request.urlopen(head, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.read() == b""
    cancel = urllib.request.Request(f"{address}/cancellation", method="POST")
    with urllib.request.urlopen(cancel, timeout=10) as answer:
        assert answer.status == 202
