"""What a newcomer does: a clone in an empty folder, the README's commands, and the main job."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.steps import FINISHED, FORM, NEWS, expected, said, start
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 240
STOP_SECONDS = 15
OF_THIS_SESSION = ("SAMOVAR_", "DJANGO_", "TEST_")
SETTINGS = {"SECRET_KEY", "DATABASE_URL", "PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Give a clone of the last commit, as git hands it out."""
    folder = tmp_path_factory.mktemp("newcomer") / "samovar"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture
def serve(clone, tmp_path):
    """Run a command in the clone until the test ends; it has to end when it is asked to."""
    processes = []

    def serve(*command: str, port: int) -> str:
        with (tmp_path / "said.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=clone, env=_bare_environment(), stdout=log, stderr=log
            )
        processes.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _is_ready(url, process), INSTALL_SECONDS, "the site to be ready")
        return url

    yield serve
    for process in processes:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def test_make_run_is_all_it_takes(serve, free_port, open_page):
    url = serve("make", "run", f"PORT={free_port}", port=free_port)
    _do_the_main_job(open_page(FORM, url=url))


def test_migrate_and_runserver_suffice(clone, serve, free_port, open_page):
    python = str(clone / ".venv/bin/python")
    for command in (["sh", "scripts/venv.sh", "run"], [python, "manage.py", "migrate"]):
        subprocess.run(command, cwd=clone, env=_bare_environment(), check=True)
    url = serve(python, "manage.py", "runserver", str(free_port), port=free_port)
    _do_the_main_job(open_page(FORM, url=url))


def _do_the_main_job(page) -> None:
    start(page, 4)
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    assert said(page)[:2] == expected(2)
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)


def _bare_environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OF_THIS_SESSION) and name not in SETTINGS
    }


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "It ended before it served."
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return True
    except OSError:
        return False
