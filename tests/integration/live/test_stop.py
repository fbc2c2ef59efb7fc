"""A server that is told to stop does not wait for its open streams."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.rig.ports import LOOPBACK, answers
from tests.rig.site import ROOT
from tests.rig.waiting import wait_for

SECONDS = 20
MAKE_RUN = """
from samovar.models import Run
print(Run.objects.create(job="long_process", state="running", attempt=1).pk)
"""


@pytest.fixture
def server(new_site, free_port):
    """Serve the site as production does."""
    new_site.environ["SAMOVAR_OPEN"] = "1"
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "config.asgi:application",
        "--port",
        str(free_port),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, env=new_site._environ() | {"PYTHONPATH": "src:demo"}
    )
    wait_for(lambda: answers(free_port), 20, "uvicorn to listen")
    yield process
    process.kill()
    process.wait()


def test_streams_end_at_once(new_site, server, free_port):
    run_id = new_site.manage("shell", "-v", "0", "-c", MAKE_RUN).stdout.split()[-1]
    url = f"http://{LOOPBACK}:{free_port}/api/v1/runs/{run_id}/events"
    with urllib.request.urlopen(url, timeout=SECONDS) as stream:
        assert stream.readline() == b"retry: 1000\n"
        server.send_signal(signal.SIGTERM)
        stream.read()
        server.wait(SECONDS)
