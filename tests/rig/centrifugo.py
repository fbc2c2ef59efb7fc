"""A Centrifugo for the tests: on a free port of the loopback address, keeping nothing."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rig import server
from tests.rig.ports import LOOPBACK, answers, free_port
from tests.rig.waiting import wait_for

SERVICE = "centrifugo"
PROGRAM = "centrifugo"


STAND_IN = (sys.executable, "-m", "tests.rig.centrifugo_wire")
"""Speaks the same wire where Centrifugo itself is absent."""
_PATH = {"PYTHONPATH": str(Path(__file__).parents[2])}


def program() -> str | None:
    """Return the Centrifugo that CENTRIFUGO names, or that is on the PATH; None without any."""
    return shutil.which(os.environ.get("CENTRIFUGO") or PROGRAM)


def command() -> tuple[str, ...]:
    """Return how to start Centrifugo, or else its stand-in."""
    found = program()
    return STAND_IN if found is None else (found,)


@dataclass(frozen=True, slots=True)
class Centrifugo:
    """A running server, and what it was started with."""

    port: int
    api_key: str
    secret: str
    pid: int

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that lead a site to it."""
        return {
            "CENTRIFUGO_URL": self.url,
            "CENTRIFUGO_PUBLIC_URL": self.url,
            "CENTRIFUGO_HTTP_API_KEY": self.api_key,
            "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": self.secret,
        }

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Call its API as nobody of ours does."""
        request = urllib.request.Request(
            f"{self.url}/api/{method}",
            json.dumps(params).encode(),
            {"X-API-Key": self.api_key, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return dict(json.load(answer))

    def freeze(self) -> None:
        """Stop it as it is, its connections open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    origins: Sequence[str],
    port: int | None = None,
    like: Centrifugo | None = None,
) -> Iterator[Centrifugo]:
    """Run Centrifugo until the block ends; pages of `origins` may connect. It has the port and the
    keys of `like`, when it takes another's place.
    """
    port = like.port if like else port or free_port()
    api_key = like.api_key if like else secrets.token_hex(16)
    secret = like.secret if like else secrets.token_hex(32)
    with server.own_folder("centrifugo", None) as folder:
        config = folder / "config.json"
        config.write_text(json.dumps(_config(port, api_key, secret, origins)))
        with server.running(
            [*command, "--config", config], folder=folder, environ=_PATH
        ) as process:
            wait_for(lambda: answers(port), 15, "Centrifugo to accept a connection")
            found = Centrifugo(port, api_key, secret, process.pid)
            try:
                yield found
            finally:
                found.thaw()


def _config(port: int, api_key: str, secret: str, origins: Sequence[str]) -> dict[str, object]:
    return {
        "http_server": {"address": LOOPBACK, "port": str(port)},
        "http_api": {"key": api_key},
        "client": {"token": {"hmac_secret_key": secret}, "allowed_origins": list(origins)},
        "uni_websocket": {"enabled": True},
        "channel": {
            "namespaces": [
                {"name": "run"},
                {"name": "room", "presence": True, "join_leave": True},
            ]
        },
        "usage_stats": {"disabled": True},
        "log": {"level": "warn"},
    }
