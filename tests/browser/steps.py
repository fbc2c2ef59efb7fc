"""What people do on the pages, and what they read there."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.request
from collections.abc import Iterator

FORM = "/jobs/long_process/"
NEWS = "Task completed successfully"
FINISHED = re.compile(r"/jobs/long_process/\?finished=[0-9a-f-]{36}$")
WATCHED = re.compile(r"/runs/[0-9a-f-]{36}/\?watch$")


def start(page, seconds: int) -> None:
    """Start the main job from its form."""
    page.get_by_label("Num seconds").fill(str(seconds))
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(WATCHED)


def submit(site, job: str = "long_process", **params) -> str:
    """Start a run by REST, and return the address of its page."""
    request = urllib.request.Request(
        f"{site.url}/api/v1/jobs/{job}/runs",
        data=json.dumps(params).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["url"]


def ended(site, path: str) -> dict:
    """Return the run of a page once it has ended."""
    with urllib.request.urlopen(f"{site.url}/api/v1{path[:-1]}?wait=20", timeout=25) as answer:
        return json.load(answer)


def badge(page):
    """Return the place where the page says the run's state."""
    return page.locator("[data-region=state] .badge")


def said(page) -> list[str]:
    """Return what the job itself printed, as the log shows it."""
    return page.locator("[role=log] .line.stdout").all_text_contents()


def numbers(page) -> list[int]:
    """Return the numbers of the log's lines."""
    return [int(n) for n in page.locator(".line").evaluate_all("all => all.map(e => e.dataset.n)")]


def expected(seconds: int) -> list[str]:
    """Return what the main job prints."""
    return [f"Running for {second} seconds..." for second in range(seconds)]


@contextlib.contextmanager
def paused(site) -> Iterator[None]:
    """Let runs wait while the block lasts."""
    _post(site, "/queues/default/pause/")
    try:
        yield
    finally:
        _post(site, "/queues/default/resumption/")


def _post(site, path: str) -> None:
    with urllib.request.urlopen(site.url + path, data=b"", timeout=10):
        pass
