"""Make the pictures of docs/chat.md: `.venv/bin/python -m scripts.chat_pictures`.

Two sites are started, one with Centrifugo (the one that CENTRIFUGO names or that is on the PATH,
else the stand-in of the tests) and one without any server, and `manage.py demo` in both. Anna and
Boris talk, each in a browser of their own; what came to Boris's is written down as it came. The
pictures lie in docs/pictures.
"""

from __future__ import annotations

import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.frame_table import Frame, html
from tests.rig import centrifugo
from tests.rig import site as sites
from tests.rig.site import ROOT, Site

FOLDER = ROOT / "docs/pictures"
WINDOW = {"width": 840, "height": 660}
TABLE = {"width": 1120, "height": 200}
GAP = 16
PASSWORD = secrets.token_urlsafe()
WORDS = {
    "en": (("boris", "The pretzels are with me."), ("anna", "Then it is tea!")),
    "ru": (("boris", "Баранки у меня."), ("anna", "Тогда чаёвничаем!")),
}
COLOURS = 128
SECONDS = 60

Follow = Callable[[Browser, Site, str], None]


class Ear:
    """What came to a page over WebSockets and Server-Sent Events, and what the page sent."""

    def __init__(self, page: Page) -> None:
        self.frames: list[Frame] = []
        self._began = time.monotonic()
        page.on("websocket", self._hear_socket)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.eventSourceMessageReceived", self._hear_event)

    def _hear_socket(self, socket: Any) -> None:
        socket.on("framesent", lambda text: self.note("↑", _hidden(str(text))))
        socket.on("framereceived", lambda text: self.note("↓", str(text)))

    def _hear_event(self, told: dict[str, Any]) -> None:
        self.note("↓", f"id: {told['eventId']}\ndata: {told['data']}")

    def note(self, direction: str, text: str) -> None:
        """Write a frame down, parted into the several that Centrifugo may put into one."""
        at = time.monotonic() - self._began
        parts = text.split("\n") if text.startswith("{") else [text]
        self.frames += [Frame(direction, at, part) for part in parts if part]


def _hidden(text: str) -> str:
    """Return a frame without the token's claims and signature."""
    return re.sub(r"(eyJ[\w-]{8})[\w.-]+", r"\1…", text)


@contextmanager
def people(browser: Browser, site: Site, language: str) -> Iterator[dict[str, Page]]:
    """Give the pages of both, signed in and in the demo's room."""
    environ = {**site.environ, "LANG": f"{language}.UTF-8"}
    told = Site(site.data, environ).manage("demo", "--password", PASSWORD, "--reset").stdout
    [room] = re.findall(r"/chat/\d+/", told)
    pages = {}
    for name in ("anna", "boris"):
        page = browser.new_page(base_url=site.url, viewport=WINDOW, locale=language)
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"/accounts/login/?next={room}")
        page.locator("[name=username]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        pages[name] = page
    yield pages
    for page in pages.values():
        page.close()


def talk(pages: dict[str, Page], language: str, way: str) -> Ear:
    """Let both come in and say something; return what came to Boris."""
    ear = Ear(pages["boris"])
    for page in pages.values():
        page.locator("main button.primary").click()
        expect(page.locator("[data-room]")).to_have_attribute("data-way", way)
    for page in pages.values():
        expect(page.locator("[data-people] li.here")).to_have_count(2)
    for name, text in WORDS[language]:
        pages[name].locator("[data-say] textarea").press_sequentially(text)
        pages[name].locator("[data-say] textarea").press("Enter")
        for page in pages.values():
            expect(page.locator("[data-messages-list] li").last).to_contain_text(text)
    return ear


def two_windows(pages: dict[str, Page], name: str) -> None:
    """Make one picture of both pages, side by side."""
    pages["boris"].locator("[data-say] textarea").press_sequentially("…")
    expect(pages["anna"].locator("[data-typing]")).to_contain_text("boris")
    halves = [FOLDER / f"{name}-{one}.png" for one in pages]
    for page, half in zip(pages.values(), halves, strict=True):
        page.screenshot(path=half, animations="disabled")
    left, right = (Image.open(half) for half in halves)
    both = Image.new("RGB", (left.width + GAP + right.width, left.height), "white")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + GAP, 0))
    both.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)
    for half in halves:
        half.unlink()


def frames(browser: Browser, ear: Ear, name: str) -> None:
    """Make a picture of what came."""
    page = browser.new_page(viewport=TABLE)
    page.set_content(html(_telling(ear.frames)))
    _shoot(page, name)


def letter(page: Page, name: str) -> None:
    """Make a picture of the run that has written to Anna, with its letter."""
    page.goto("/runs/?job=tell_admin_of_member")
    page.locator("main a[href*='/runs/']:not([href*='?'])").first.click()
    expect(page.get_by_role("link", name="letter.eml")).to_be_visible()
    expect(page.locator(".badge.succeeded").first).to_be_visible()
    _shoot(page, name)


def _telling(all_of_them: list[Frame]) -> list[Frame]:
    """Return the frames up to the last message."""
    last = max(n for n, frame in enumerate(all_of_them) if '"message"' in frame.text)
    return all_of_them[: last + 1]


def _shoot(page: Page, name: str) -> None:
    target = FOLDER / f"{name}.png"
    page.screenshot(path=target, full_page=True, animations="disabled")
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    page.close()


def follow_websocket(browser: Browser, site: Site, language: str) -> None:
    """Make the pictures of the full stack's way."""
    with people(browser, site, language) as pages:
        ear = talk(pages, language, "websocket")
        frames(browser, ear, f"chat-{language}-frames")
        two_windows(pages, f"chat-{language}-talk")
        letter(pages["anna"], f"chat-{language}-letter")


def follow_events(browser: Browser, site: Site, language: str) -> None:
    """Make the picture of the way that needs no server."""
    with people(browser, site, language) as pages:
        frames(browser, talk(pages, language, "sse"), f"chat-{language}-events")


def make(browser: Browser, environ: dict[str, str], follow: Follow) -> None:
    """Make the pictures of one site, in each language in data of its own."""
    for language in WORDS:
        with sites.made(**environ) as site:
            site.start("--noreload")
            follow(browser, site, language)


def main() -> int:
    """Make all pictures."""
    expect.set_options(timeout=SECONDS * 1000)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("Chromium is needed; `make services` brings it.", file=sys.stderr)
        return 1
    with (
        centrifugo.running(centrifugo.command(), origins=["http://127.0.0.1:*"]) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        make(browser, server.environ, follow_websocket)
        make(browser, {}, follow_events)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
