"""Whatever a job does, a whole site goes on: each run has an end with a reason, and its pages."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rig import site as sites
from tests.rig.site import Site
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(600)]

LEASE_SECONDS = 3
HELD_SECONDS = 30
ENDED = {"succeeded", "failed", "cancelled"}

RUNS: list[tuple[str, dict[str, Any], str]] = [
    ("value", {"kind": "good"}, ""),
    *(("value", {"kind": kind}, "ResultNotJSON") for kind in ("set", "nan", "cycle", "bytes")),
    ("return_too_much", {}, "ResultNotJSON"),
    ("fail_mutely", {}, "Mute"),
    ("fail_oddly", {"kind": "endless"}, "Endless"),
    ("fail_oddly", {"kind": "group"}, "ExceptionGroup"),
    ("recurse", {"in_c": False}, "RecursionError"),
    ("raw_bytes", {}, ""),
    ("colour", {}, ""),
    ("flood", {"megabytes": 50}, ""),
    ("close_streams", {"seconds": 0.1}, ""),
    ("close_all", {}, "Lost"),
    ("become_a_daemon", {}, ""),
    ("leave_grandchild", {"how": "return"}, ""),
    ("kill_itself", {"number": 9}, "Lost"),
]
TO_CANCEL: list[tuple[str, dict[str, Any], str]] = [
    ("fork_bomb", {"generations": 5}, "there"),
    ("hop", {"hoppers": 4}, "there"),
    ("deaf", {"ignores_term": True}, "waiting"),
    ("swallow_for_ever", {}, "waiting"),
]


class Served:
    """A site that is asked by REST and by its pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def start(self, job: str, params: dict[str, Any]) -> str:
        """Start a run and return its id."""
        return str(json.loads(self.ask(f"api/v1/jobs/{job}/runs", params))["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """Return the run."""
        found: dict[str, Any] = json.loads(self.ask(f"api/v1/runs/{run_id}"))
        return found

    def lines(self, run_id: str) -> list[str]:
        """Return the first lines of its log."""
        page = json.loads(self.ask(f"api/v1/runs/{run_id}/log?limit=1000"))
        return [line["text"] for line in page["lines"]]

    def cancel(self, run_id: str) -> None:
        """Ask for its end."""
        self.ask(f"api/v1/runs/{run_id}/cancellation", {})

    def end(self, run_id: str, seconds: float = 120) -> dict[str, Any]:
        """Return the run once it has ended."""
        wait_for(lambda: self.run(run_id)["state"] in ENDED, seconds, f"the end of {run_id}")
        return self.run(run_id)

    def ladder(self, run_id: str) -> list[str]:
        """Return the steps that its cancel has taken."""
        return [step["step"] for step in self.run(run_id)["cancellation"]["ladder"]]

    def ask(self, path: str, body: Any = None) -> str:
        """Return the text of a page; with a body it is a POST."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._site.url}/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    def doctor(self) -> list[dict[str, Any]]:
        """Return what the doctor finds in the ledger."""
        told = self._site.manage("samovar", "doctor", "--json", check=False).stdout
        return [found for found in json.loads(told)["findings"] if found["part"] == "ledger"]


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request) -> Iterator[Served]:
    environ = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.unruly.settings",
        "SAMOVAR_SLOTS": "4",
        "SAMOVAR_LEASE_SECONDS": str(LEASE_SECONDS),
        "SAMOVAR_CANCEL_GRACE_SECONDS": "0.5",
    }
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("postgresql")
    with sites.made(**environ) as site:
        site.start("--noreload")
        yield Served(site)


def test_each_has_an_end_and_its_pages(served):
    started = [(served.start(job, params), job, error) for job, params, error in RUNS]
    for run_id, job, error in started:
        told = served.end(run_id)["error"] or {"type": "", "message": ""}
        assert (job, told["type"]) == (job, error)
        assert len(told["message"]) <= 64 * 1024
        for path in ("", "log.txt"):
            served.ask(f"runs/{run_id}/{path}")
        served.lines(run_id)

    cancelled = [(served.start(job, params), said) for job, params, said in TO_CANCEL]
    for run_id, said in cancelled:
        wait_for(lambda run_id=run_id, said=said: said in served.lines(run_id), 30, said)
        served.cancel(run_id)
    for run_id, _ in cancelled:
        assert served.end(run_id)["state"] == "cancelled"
        steps = served.ladder(run_id)
        assert (steps[:2], steps[-1]) == (["requested", "interrupted"], "gone")
    assert served.end(served.start("pid", {}))["state"] == "succeeded"
    assert [found["level"] for found in served.doctor()] == ["green"]


def test_who_holds_the_gil_keeps_its_lease_its_log_and_its_end(served):
    """Ten leases pass, in which the runner's own process can do nothing."""
    run_id = served.start("hold_the_gil_beside_a_child", {})
    ticks = HELD_SECONDS * 5
    wait_for(lambda: served.lines(run_id).count("tick") >= ticks, 3 * HELD_SECONDS, "the ticks")
    assert (served.run(run_id)["state"], served.run(run_id)["attempt"]) == ("running", 1)
    served.cancel(run_id)

    assert (served.end(run_id)["state"], served.run(run_id)["attempt"]) == ("cancelled", 1)
    assert served.ladder(run_id) == ["requested", "interrupted", "terminated", "gone"]
