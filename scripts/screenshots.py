"""Make a picture of each page in four variants: `make screenshots`, then look at them.

A site of its own is started with the demo's jobs, and runs in every state; a second one has the
tests' jobs, which retry and print much. The pictures lie in build/screenshots, as
PAGE-VARIANT.png. `make screenshots ARGS=--readme` makes those of the README instead, in
docs/pictures.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Browser, Page, sync_playwright

from tests.rig import site as sites
from tests.rig.waiting import wait_for

FOLDER = Path(__file__).parents[1] / "build/screenshots"
WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
VARIANTS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "device_scale_factor": 2},
    "russian": {"viewport": WIDE, "color_scheme": "light", "locale": "ru-RU"},
}
README = FOLDER.parents[1] / "docs/pictures"
README_SIZE = {"width": 1120, "height": 640}
README_SECONDS = 30
RUNNING_SECONDS = 120
SEEN_SECONDS = 6
NEW_SCHEDULE = "/schedules/new/?job=long_process"


@dataclass(slots=True)
class Stage:
    """A site with something to see on each page; `api` asks it."""

    url: str
    api: APIRequestContext
    pages: dict[str, str] = field(default_factory=dict)

    def start(self, job: str, **params: Any) -> str:
        """Start a run by REST and return its page's address."""
        return str(self.api.post(f"/api/v1/jobs/{job}/runs", data=params).json()["url"])

    def run(self, url: str) -> dict[str, Any]:
        """Return the run of a page."""
        return dict(self.api.get(f"/api/v1{url}".rstrip("/")).json())

    def await_state(self, url: str, *states: str) -> None:
        """Wait until the run of a page is in one of the states."""
        wait_for(lambda: self.run(url)["state"] in states, 40, f"{url} to be {states}")

    def press(self, path: str) -> str:
        """Send a form without fields, and return where it leads."""
        answer = self.api.post(path, max_redirects=0)
        return answer.headers["location"]

    def schedule(
        self, job: str, *, name: str, cron: str = "", count: int = 1, **params: Any
    ) -> str:
        """Make a schedule by its form and return its page's address."""
        timing = {
            "name": name,
            "how": "cron" if cron else "every",
            "cron": cron,
            "count": count,
            "unit": "minutes",
            "zone": "Europe/Moscow",
            "overlap": "skip",
            "catch_up": "last",
        }
        form = params | {f"_schedule-{key}": value for key, value in timing.items()}
        path = f"/schedules/new/?job={job}"
        answer = self.api.post(path, form=form, max_redirects=0)
        return answer.headers["location"]

    def pause(self) -> None:
        """Pause the queue."""
        self.api.post("/queues/default/pause/")


def fill(stage: Stage) -> None:
    """Start the demo's jobs, and name the pages."""
    failed = stage.start("user_task", should_fail=True)
    succeeded = stage.start("my_task", duration=2)
    finished = stage.start("long_process", num_seconds=3)
    stage.await_state(failed, "failed")
    stage.await_state(succeeded, "succeeded")
    stage.await_state(finished, "succeeded")
    running = stage.start("long_process", num_seconds=RUNNING_SECONDS)
    stage.start("long_process", num_seconds=RUNNING_SECONDS)
    queued = stage.start("my_task", duration=10)
    wait_for(
        lambda: (stage.run(running)["progress"]["done"] or 0) >= SEEN_SECONDS, 40, "some progress"
    )
    stage.pages = {
        "home": "/",
        "form": "/jobs/long_process/",
        "news": f"/jobs/long_process/?finished={finished.split('/')[2]}",
        "runs": "/runs/",
        "runs-none": "/runs/?state=cancelled",
        "run-running": running,
        "run-queued": queued,
        "run-succeeded": succeeded,
        "run-finished": finished,
        "run-failed": failed,
        "task-pending": f"/get-status/{queued.split('/')[2]}",
        "task-failed": f"/get-status/{failed.split('/')[2]}",
        "workers": "/workers/",
        "schedules": "/schedules/",
        "schedule-new": NEW_SCHEDULE,
        "help": "/help/",
        "missing": "/runs/none/",
        "api": "/api/v1/docs",
    }


def fill_workshop(stage: Stage) -> None:
    """Start the tests' jobs, and name the pages."""
    stumbled = stage.start("stumble")
    fallen = stage.start("stumble", falls=3)
    long = stage.start("chatter", lines=5000)
    stage.await_state(stumbled, "succeeded")
    stage.await_state(fallen, "failed")
    stage.await_state(long, "succeeded")
    stage.pause()
    stage.pages = {
        "empty-form": "/jobs/echo/",
        "run-attempts": stumbled,
        "run-fallen": fallen,
        "run-attempt": f"{stumbled}?attempt=2",
        "run-long": long,
        "run-found": f"{long}?find=line+4",
        "run-paused": stage.start("echo", text="w" * 200),
        "workers-paused": "/workers/",
    }


def photograph(browser: Browser, stage: Stage, variant: str) -> None:
    """Make the pictures of one variant."""
    context = browser.new_context(base_url=stage.url, **VARIANTS[variant])
    page = context.new_page()
    for name, path in stage.pages.items():
        page.goto(path)
        shoot(page, name, variant)
    context.close()


def photograph_answers(browser: Browser, stage: Stage, variant: str) -> None:
    """Make the pictures of what only a press of a button shows."""
    context = browser.new_context(base_url=stage.url, **VARIANTS[variant])
    page = context.new_page()
    page.goto("/jobs/long_process/")
    page.locator("[name=num_seconds]").fill("0")
    page.locator("button.primary").click()
    page.wait_for_selector("[aria-invalid=true]")
    shoot(page, "form-refused", variant)
    page.goto("/")
    page.locator("form[action='/submit'] button").click()
    page.wait_for_url("**/submit")
    shoot(page, "task-created", variant)
    context.close()


def shoot(page: Page, name: str, variant: str) -> None:
    """Write one picture, at most as high as three screens."""
    size = page.viewport_size or WIDE
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": size["width"], "height": min(height, 3 * size["height"])}
    path = FOLDER / f"{name}-{variant}.png"
    page.screenshot(path=str(path), full_page=True, clip=clip, animations="disabled")


def illustrate(browser: Browser, stage: Stage) -> None:
    """Make the pictures of the README: a run as it is followed, in each language and theme."""
    url = stage.start("long_process", num_seconds=README_SECONDS)
    wait_for(lambda: (stage.run(url)["progress"]["done"] or 0) >= README_SECONDS / 3, 40, "lines")
    for language in ("en", "ru"):
        for theme in ("light", "dark"):
            look: dict[str, Any] = {"color_scheme": theme, "locale": language}
            page = browser.new_page(base_url=stage.url, viewport=README_SIZE, **look)
            page.goto(url)
            page.wait_for_selector("[role=log] .line")
            page.screenshot(path=README / f"run-{language}-{theme}.png", animations="disabled")
            page.close()


def illustrate_schedules(browser: Browser, stage: Stage) -> None:
    """Make the pictures of the schedules: the list, and one of them."""
    night = stage.schedule(
        "long_process", name="Nightly count", num_seconds=5, cron="30 3 * * 1-5"
    )
    stage.schedule("user_task", name="Dice", count=10)
    for _ in range(2):
        stage.await_state(stage.press(f"{night}runs/"), "succeeded")
    wait_for(lambda: "Dice" in stage.api.get("/schedules/").text(), 40, "the schedules")
    pages = {"schedules": "/schedules/", "schedule": night}
    for language in ("en", "ru"):
        page = browser.new_page(base_url=stage.url, viewport=README_SIZE, locale=language)
        for name, path in pages.items():
            page.goto(path)
            picture = README / f"{name}-{language}.png"
            page.screenshot(path=picture, full_page=True, animations="disabled")
        page.close()


def show(browser: Browser, stage: Stage) -> None:
    """Make the pictures of all pages."""
    fill(stage)
    for variant in VARIANTS:
        photograph(browser, stage, variant)
    for variant in VARIANTS:
        photograph_answers(browser, stage, variant)


def show_workshop(browser: Browser, stage: Stage) -> None:
    """Make the pictures that need the tests' jobs."""
    fill_workshop(stage)
    for variant in VARIANTS:
        photograph(browser, stage, variant)


def main() -> int:
    """Make all pictures, or those of the README."""
    is_readme = "--readme" in sys.argv[1:]
    folder = README if is_readme else FOLDER
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("There is no Chromium on this machine; `make services` brings it.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for make, environ in README_SITES if is_readme else SITES:
            with sites.made(**environ) as site:
                site.start("--noreload")
                make(browser, Stage(site.url, playwright.request.new_context(base_url=site.url)))
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures lie in {folder}.")
    return 0


WORKSHOP = {"DJANGO_SETTINGS_MODULE": "tests.browser.settings"}
Sites = tuple[tuple[Callable[[Browser, Stage], None], dict[str, str]], ...]
SITES: Sites = ((show, {}), (show_workshop, WORKSHOP))
TICKING = {"SAMOVAR_SCHEDULES": "1"}
README_SITES: Sites = ((illustrate, {}), (illustrate_schedules, TICKING))


if __name__ == "__main__":
    sys.exit(main())
