"""A few calls of the REST interface."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any


def get(url: str) -> Any:
    """Return the JSON at `url`."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def start(site: str, job: str, **params: object) -> dict[str, Any]:
    """Start `job` and return its run."""
    return start_timed(site, job, **params)[0]


def start_timed(site: str, job: str, **params: object) -> tuple[dict[str, Any], float]:
    """Start `job`; return its run and how many seconds the server took to answer."""
    request = urllib.request.Request(
        f"{site}/api/v1/jobs/{job}/runs",
        data=json.dumps(params).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        took = answer.headers.get("Server-Timing", "").rpartition("=")[2] or "nan"
        return json.load(answer), float(took) / 1000


def finished(site: str, run_id: str, seconds: float = 300) -> dict[str, Any]:
    """Wait for the success of a run and return it; give up after so many `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        run: dict[str, Any] = get(f"{site}/api/v1/runs/{run_id}?wait=30")
        if run["state"] == "succeeded":
            return run
        if run["state"] in {"failed", "cancelled"} or time.monotonic() > deadline:
            raise SystemExit(f"The run {run_id} is {run['state']}: {run['error']}")
