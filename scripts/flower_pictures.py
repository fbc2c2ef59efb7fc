"""Make the pictures of docs/flower.md: `.venv/bin/python -m scripts.flower_pictures`.

Redis, a worker and Flower are started with runs of the demo, one of which succeeds, one fails and
one is revoked by Flower's own button. The pictures lie in docs/pictures.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.rig import redis
from tests.rig import site as sites
from tests.rig.flower import LOGIN, Stack
from tests.rig.site import ROOT
from tests.rig.waiting import wait_for

FOLDER = ROOT / "docs/pictures"
SIZE = {"width": 1120, "height": 360}
COLOURS = 128
HIDE_FOLDER = """folder => {
    for (const code of document.querySelectorAll("pre, code"))
        if (code.textContent.includes(folder))
            code.textContent = code.textContent.replaceAll(folder, "/app");
}"""
"""A traceback names the folder of this clone."""


def photograph(browser: Browser, stack: Stack) -> None:
    """Start runs, and make a picture of each of Flower's pages."""
    succeeded = stack.run("long_process", "--num-seconds", "5")
    failed = stack.run("user_task", "--should-fail", "true")
    revoked = stack.run("long_process", "--num-seconds", "300")
    page = _page(browser, stack)
    _await(stack, failed, "FAILURE")
    shoot(page, "task", f"/task/{succeeded}")
    shoot(page, "failure", f"/task/{failed}")
    shoot(page, "tasks", "/tasks")
    shoot(page, "broker", "/broker")
    shoot(page, "workers", "/workers")
    page.get_by_role("link", name="kettle@").click()
    shoot(page, "worker", page.url)
    shoot(page, "running", f"/task/{revoked}", is_whole=False)
    page.get_by_role("button", name="Terminate").click()
    _await(stack, revoked, "REVOKED")
    shoot(page, "revoked", f"/task/{revoked}")


def shoot(page: Page, name: str, path: str, *, is_whole: bool = True) -> None:
    """Write one picture with few colours, so that it is small."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(HIDE_FOLDER, str(ROOT))
    target = FOLDER / f"flower-{name}.png"
    page.screenshot(path=target, full_page=is_whole, animations="disabled")
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)


def _page(browser: Browser, stack: Stack) -> Page:
    name, password = LOGIN.split(":")
    page = browser.new_page(
        base_url=f"http://localhost:{stack.port}",
        viewport=SIZE,
        color_scheme="light",
        http_credentials={"username": name, "password": password},
    )
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def _await(stack: Stack, run: str, state: str) -> None:
    told = f'"state": "{state}"'
    wait_for(lambda: told in stack.ask(f"/api/task/info/{run}")[1], 60, f"Flower to see {state}")


def main() -> int:
    """Make all pictures."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or shutil.which(redis.PROGRAM) is None:
        print("Chromium and Redis are needed; `make services` brings them.", file=sys.stderr)
        return 1
    with (
        redis.running() as url,
        sites.made(CELERY_BROKER_URL=url, SAMOVAR_SLOTS="3") as site,
        ExitStack() as processes,
        sync_playwright() as playwright,
    ):
        stack = Stack(site, processes)
        stack.start_flower()
        stack.start_worker()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        photograph(browser, stack)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
