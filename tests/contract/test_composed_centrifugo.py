"""The real Centrifugo takes the environment that compose.yaml gives it, and becomes healthy."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.rig import centrifugo, missing, server, websocket
from tests.rig.loop import run_in_a_loop
from tests.rig.ports import LOOPBACK, free_port
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.contract

COMPOSE = Path(__file__).parents[2] / "compose.yaml"


@pytest.fixture(scope="module")
def composed():
    """Give the server, started by the service's command with its variables' defaults."""
    if (program := centrifugo.program()) is None:
        missing.skip(centrifugo.SERVICE, centrifugo.PROGRAM)
    service = yaml.safe_load(COMPOSE.read_text())["services"]["centrifugo"]
    environ = {name: _default(value) for name, value in service["environment"].items()}
    port = free_port()
    place = {"CENTRIFUGO_HTTP_SERVER_ADDRESS": LOOPBACK, "CENTRIFUGO_HTTP_SERVER_PORT": str(port)}
    with (
        server.own_folder("centrifugo", None) as folder,
        server.running(
            [program, *service["command"][1:]], folder=folder, environ=environ | place
        ) as process,
    ):
        names = ("CENTRIFUGO_HTTP_API_KEY", "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY")
        found = centrifugo.Centrifugo(port, *(environ[name] for name in names), process.pid)
        wait_for(lambda: _is_healthy(found), 15, "Centrifugo to be healthy")
        yield found


def test_it_knows_our_channels_and_no_others(composed):
    for channel in ("run:1", "room:1"):
        assert "error" not in composed.ask("publish", channel=channel, data={})
    assert composed.ask("publish", channel="other:1", data={})["error"]["code"] == 102
    assert "error" not in composed.ask("presence", channel="room:1")


def test_pages_of_the_site_may_connect_and_no_others(composed):
    url = f"ws://{LOOPBACK}:{composed.port}/connection/uni_websocket"

    async def connect(origin: str) -> None:
        await (await websocket.connect(url, origin=origin)).close()

    for origin in ("http://localhost:8000", "http://127.0.0.1:8000"):
        run_in_a_loop(lambda origin=origin: connect(origin))
    with pytest.raises(websocket.Refused):
        run_in_a_loop(lambda: connect("http://elsewhere.example"))


def _default(value: str) -> str:
    """Return the value as Compose makes it where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def _is_healthy(found: centrifugo.Centrifugo) -> bool:
    try:
        with urllib.request.urlopen(f"{found.url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
