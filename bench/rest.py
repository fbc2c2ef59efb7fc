"""A few calls of the REST interface."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def get(url: str) -> Any:
    """Return the JSON at `url`."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def start(site: str, job: str, **params: object) -> dict[str, Any]:
    """Start `job` and return its run."""
    request = urllib.request.Request(
        f"{site}/api/v1/jobs/{job}/runs",
        data=json.dumps(params).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        run: dict[str, Any] = json.load(answer)
    return run


def finished(site: str, run_id: str) -> dict[str, Any]:
    """Wait for the end of a run and return it."""
    while True:
        run: dict[str, Any] = get(f"{site}/api/v1/runs/{run_id}?wait=30")
        if run["state"] in {"succeeded", "failed", "cancelled"}:
            return run
