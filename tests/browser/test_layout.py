"""Nothing jumps while a run goes on, and no page is heavy."""

from __future__ import annotations

import gzip
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.steps import FORM, badge, ended, paused, said, start, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KIB = 1024
PAGES = (
    "/",
    "/runs/",
    "/schedules/",
    "/schedules/new/?job=long_process",
    "/chat/",
    "/accounts/login/",
    "/workers/",
    "/help/",
    "/api/v1/docs",
)
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shifts.push(...entry.sources.map(({ node }) => node?.outerHTML ?? node?.data ?? "?"));
  }
}).observe({ type: "layout-shift" });
"""
# An observer hears of a frame only behind it.
SHIFTS = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(shifts))))"


@pytest.mark.parametrize(("width", "locale"), [(390, "en-US"), (390, "ru-RU"), (1366, "en-US")])
def test_nothing_moves_while_lines_stream_nor_at_the_end(open_page, site, width, locale):
    path = submit(site, num_seconds=4)
    page = open_page(path, viewport={"width": width, "height": 800}, locale=locale)
    log = page.get_by_role("log")
    expect(log).to_contain_text("Running for 0 seconds...")
    page.evaluate(WATCH_SHIFTS)
    place = log.bounding_box()
    expect(log).to_contain_text("Running for 3 seconds...")
    assert page.evaluate(SHIFTS) == []
    expect(page.locator("[data-region=state] .button")).to_be_visible()
    assert log.bounding_box() == place


def test_a_fast_log_is_followed_without_a_jump(open_page, site):
    page = open_page(submit(site, "chatter", lines=20_000))
    expect(page.locator(".line").first).to_be_visible()
    page.evaluate(WATCH_SHIFTS)
    expect(page.get_by_text("line 19999 of the chatter")).to_be_in_viewport()
    assert page.evaluate(SHIFTS) == []


@pytest.mark.parametrize(("width", "locale"), [(390, "ru-RU"), (1366, "en-US")])
def test_the_log_keeps_its_place_from_the_queue_to_the_end(open_page, site, width, locale):
    with paused(site):
        path = submit(site, "chatter", lines=6000)
        page = open_page(path, viewport={"width": width, "height": 1300}, locale=locale)
        expect(page.locator(".why")).to_be_visible()
        expect(page.locator("[data-way]")).to_be_visible()
        page.evaluate(WATCH_SHIFTS)
    expect(page.get_by_text("line 5999 of the chatter")).to_be_in_viewport()
    expect(page.locator("[data-state=succeeded] .badge.succeeded").first).to_be_visible()
    expect(page.locator("[data-way]")).to_be_hidden()
    expect(page.locator("progress")).to_have_count(0)
    assert page.evaluate(SHIFTS) == []


def test_an_answer_that_comes_late_does_not_bring_the_past_back(open_page, site):
    held = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    with paused(site):
        page = open_page(submit(site, "chatter", lines=10))
        page.route(page.url, hold_the_first)
        page.wait_for_event("request", lambda request: request.url == page.url)
    expect(badge(page)).to_have_text("succeeded")
    route, answer = held[0]
    with page.expect_event("requestfinished", lambda request: request == route.request):
        route.fulfill(response=answer)
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(badge(page)).to_have_text("succeeded")


def test_the_reader_of_an_old_line_is_left_in_peace(open_page, site):
    path = submit(site, "patter", lines=2000)
    page = open_page(path)
    expect(page.locator("#L60")).to_be_attached()
    page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
    newer = page.locator(".newer")
    expect(newer).to_be_visible()
    assert page.request.post(f"{path}cancellation/").ok
    expect(badge(page)).to_have_text("cancelled")
    assert page.get_by_role("log").evaluate("log => log.scrollTop") == 0
    newer.click()
    expect(page.locator(".line").last).to_be_in_viewport()
    expect(newer).to_be_hidden()


def test_no_page_is_wider_than_a_small_screen(open_page, site):
    page = open_page("/", viewport={"width": 320, "height": 700}, locale="ru-RU")
    run = submit(site, "echo", text="w" * 300)
    ended(site, run)
    status, found = f"/get-status/{run.split('/')[2]}", f"{run}?find=w"
    for path in (*PAGES, FORM, run, found, status):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_phone_shows_the_run_from_start_to_news(open_page):
    page = open_page(FORM, viewport={"width": 390, "height": 844}, has_touch=True)
    start(page, 3)
    for seen in (badge(page), page.get_by_role("button", name="Cancel"), page.locator("progress")):
        expect(seen).to_be_in_viewport()
    expect(page.get_by_text("Running for 1 seconds...")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("heading", level=1)).to_have_text("Task completed successfully")
    expect(page.get_by_role("button", name="Start")).to_be_in_viewport()


def test_the_log_shows_its_end_on_arrival(open_page, site):
    path = submit(site, "chatter", lines=3000)
    ended(site, path)
    page = open_page(path)
    expect(page.get_by_text("line 2999 of the chatter")).to_be_in_viewport()
    assert len(said(page)) == 1000


def test_no_page_is_heavy(site):
    path = submit(site, "chatter", lines=3000)
    ended(site, path)
    status = f"/get-status/{path.split('/')[2]}"
    found = f"{path}?find=line"
    for page in (*PAGES, FORM, path, found, status):
        html = _fetch(site, page)
        assert _weight(html) <= 30 * KIB, page
        assert sum(map(_weight, _sheets(site, html))) <= 12 * KIB, page
        assert sum(map(_weight, _modules(site, html))) <= 15 * KIB, page


def _fetch(site, path: str) -> bytes:
    with urllib.request.urlopen(site.url + path, timeout=10) as answer:
        return bytes(answer.read())


def _weight(content: bytes) -> int:
    return len(gzip.compress(content))


def _sheets(site, html: bytes) -> list[bytes]:
    return [_fetch(site, path.decode()) for path in re.findall(rb'href="([^"]+\.css)"', html)]


def _modules(site, html: bytes) -> list[bytes]:
    """Return the page's scripts and all that they import."""
    waiting = [path.decode() for path in re.findall(rb'src="([^"]+\.js)"', html)]
    modules: dict[str, bytes] = {}
    while waiting:
        path = waiting.pop()
        if path not in modules:
            modules[path] = _fetch(site, path)
            names = re.findall(r'from "\./([^"]+)"', modules[path].decode())
            waiting += [f"{path.rpartition('/')[0]}/{name}" for name in names]
    return list(modules.values())
