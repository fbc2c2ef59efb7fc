"""`one_thread`: with it, a request that waits leaves the event loop free and can be given up."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler

from samovar.models import Run
from tests.rig.loop import run_in_a_loop

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _scope(path: str, query: bytes = b"") -> dict:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": [(b"host", b"localhost")],
    }


async def _ask(
    application: ASGIHandler, scope: dict, left: asyncio.Event | None = None
) -> int | None:
    """Return the answer's status; None when it was not waited for (`left`)."""
    sent: list[dict] = []
    messages = iter([{"type": "http.request", "body": b""}])

    async def receive() -> dict:
        if message := next(messages, None):
            return message
        await (left or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"] if sent else None


def test_waiting_requests_leave_the_loop_free_and_end_when_left(settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}
    assert django_settings.MIDDLEWARE[-1] == "samovar.web.middleware.one_thread"
    run = Run.objects.create(job="my_task", state="queued")

    async def play() -> list[int | None]:
        application, left = get_asgi_application(), asyncio.Event()
        scope = _scope(f"/api/v1/runs/{run.pk}", b"wait=30")
        waits = [asyncio.create_task(_ask(application, scope, left)) for _ in range(10)]
        async with asyncio.timeout(10):
            assert await _ask(application, _scope("/healthz")) == 200
            assert not any(wait.done() for wait in waits)
            left.set()
            return await asyncio.gather(*waits)

    assert run_in_a_loop(play) == [None] * 10
