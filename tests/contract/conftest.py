"""A site with Centrifugo (or its stand-in), and viewers of its runs by every transport."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.contract.viewers import TRANSPORTS
from tests.rig import centrifugo
from tests.rig import site as sites
from tests.rig.ports import free_port


@pytest.fixture(scope="session")
def site():
    """Give a running site whose news go to Centrifugo."""
    port = free_port()
    settings = "tests.contract.settings"
    with (
        centrifugo.running(centrifugo.command(), origins=[f"http://127.0.0.1:{port}"]) as server,
        sites.made(DJANGO_SETTINGS_MODULE=settings, **server.environ) as site,
    ):
        site.port = port
        site.start("--noreload")
        yield site


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    """Give the kind of viewer of one transport."""
    return TRANSPORTS[request.param]


@pytest.fixture
def gate(tmp_path):
    """Give the file for which the jobs wait."""
    return tmp_path / "gate"


@pytest.fixture
def submit(site, gate):
    """Give the way to start a run, which waits for `gate.touch()`; it returns the run's id."""

    def submit(job: str, **params: object) -> str:
        request = urllib.request.Request(
            f"{site.url}/api/v1/jobs/{job}/runs",
            json.dumps({"gate": str(gate), **params}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["id"]

    return submit
