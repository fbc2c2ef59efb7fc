"""A site whose processes are killed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.tree import Tree, processes_of
from tests.rig import site as sites
from tests.rig.site import Site
from tests.rig.waiting import wait_for

LINES = 40


@pytest.fixture
def haul() -> Iterator[Haul]:
    with sites.made(DJANGO_SETTINGS_MODULE="tests.faults.project.settings") as site:
        try:
            yield Haul(site)
        finally:
            for process in processes_of(site.data):
                process.kill()


class Haul:
    """A site with a run of `long_haul` in it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.run = ""

    def begin(self, job: str = "long_haul", **params: Any) -> None:
        """Start the site, and a run; return when the run has printed, and its daemon is there."""
        self.site.start()
        self.run = self.ask(f"jobs/{job}/runs", params or {"lines": LINES})["id"]
        wait_for(lambda: self._printed(1) >= 5, 20, "the run to print")

    def tree(self) -> Tree:
        """Return the site's processes as they are now."""
        assert self.site.process is not None
        return Tree(self.site.data, self.site.process.pid)

    def wait_for_success(self) -> None:
        """Wait until the run has succeeded."""
        try:
            wait_for(self._has_succeeded, 40, "success")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.site.log}") from error

    def ask(self, path: str, body: Any = None) -> Any:
        """Return the REST API's answer; with a body it is a POST."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.site.url}/api/v1/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def lines(self) -> list[dict[str, Any]]:
        """Return the run's whole log."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.ask(f"runs/{self.run}/log?after={after}&limit=1000")
            found += page["lines"]
            after = page["next"]
        return found

    def attempts(self) -> list[dict[str, Any]]:
        """Return the run's attempts."""
        answer: list[dict[str, Any]] = self.ask(f"runs/{self.run}/attempts")
        return answer

    def _has_succeeded(self) -> bool:
        try:
            return bool(self.ask(f"runs/{self.run}")["state"] == "succeeded")
        except urllib.error.URLError:  # the server starts anew
            return False

    def _printed(self, attempt: int) -> int:
        page = self.ask(f"runs/{self.run}/log?after=0&limit=1000")
        return sum(
            line["stream"] == "stdout" and line["attempt"] == attempt for line in page["lines"]
        )
