"""The limit on bodies under an ASGI server: what is too large is not read."""

from __future__ import annotations

import pytest

from samovar import receiving
from samovar.asgi import bounded
from tests.rig.loop import run_in_a_loop

OURS, FOREIGN = "/jobs/my_task/", "/admin/"


class Sender:
    """Sends a body piece by piece, then hangs up."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    async def receive(self):
        if not self.left:
            return {"type": "http.disconnect"}
        self.left -= 1
        return {"type": "http.request", "body": b"x" * 2**20, "more_body": self.left > 0}


async def read(path: str, pieces: int, *, announced: bool) -> tuple[int, int]:
    """Return how many bytes an application behind the limit reads, and the pieces it left."""
    sender, taken = Sender(pieces), 0

    async def application(scope, receive, send):
        nonlocal taken
        while True:
            message = await receive()
            taken += len(message["body"])
            if not message["more_body"]:
                return

    length = str(pieces * 2**20).encode()
    headers = [(b"content-length", length)] if announced else []
    scope = {"type": "http", "path": path, "headers": headers}
    await bounded(application)(scope, sender.receive, None)
    return taken, sender.left


@pytest.fixture(autouse=True)
def one_megabyte(settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "UPLOAD_MEGABYTES": 1}


def test_nothing_of_what_is_announced_as_too_large_is_read():
    assert run_in_a_loop(lambda: read(OURS, 20, announced=True)) == (0, 20)


def test_what_turns_out_to_be_too_large_is_cut_off():
    taken, left = run_in_a_loop(lambda: read(OURS, 20, announced=False))
    assert taken <= receiving.most() + receiving.BESIDE
    assert left > 10


def test_what_fits_comes_through_whole():
    assert run_in_a_loop(lambda: read(OURS, 5, announced=True)) == (5 * 2**20, 0)


def test_other_addresses_of_the_project_are_left_alone():
    assert run_in_a_loop(lambda: read(FOREIGN, 20, announced=True)) == (20 * 2**20, 0)
    assert run_in_a_loop(lambda: read("/nowhere/", 20, announced=False)) == (20 * 2**20, 0)
