"""Static files of a site without DEBUG, as an ASGI server gets them."""

from __future__ import annotations

import httpx
import pytest
from django.core.management import call_command

from config.static import with_static_files
from tests.rig.loop import run_in_a_loop

pytestmark = pytest.mark.integration

STYLE = "/static/samovar/samovar.css"


async def _application(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"from the site"})


def _get(path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(with_static_files(_application))
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.get(path)

    return run_in_a_loop(get)


def test_without_collecting_the_apps_own_files_are_served(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "none"
    answer = _get(STYLE)
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert _get("/static/admin/css/base.css").status_code == 200


def test_what_was_collected_is_served(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    (tmp_path / "samovar/samovar.css").write_text("body { color: teal }")
    assert _get(STYLE).text == "body { color: teal }"


def test_all_else_is_the_sites(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "none"
    for path in ("/", "/static/none.css", "/static/../demo/config/settings.py"):
        assert _get(path).text == "from the site"
