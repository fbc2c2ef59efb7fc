"""A log of 100,000 lines: followed, opened, read backwards, searched and copied."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import ended, numbers, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINES = 100_000
LAST = f"line {LINES - 1} of the chatter"


@pytest.fixture(scope="module")
def long_log(site):
    """Give the page of a run that has said very much."""
    path = submit(site, "chatter", lines=LINES)
    ended(site, path)
    return path


def is_the_end(shown: list[int]) -> bool:
    """Return whether these are the log's last lines, without a gap."""
    return shown == list(range(LINES - len(shown) + 1, LINES + 1))


def test_a_flood_is_followed_to_its_last_line(open_page, site):
    page = open_page(submit(site, "chatter", lines=LINES))
    expect(page.get_by_text(LAST)).to_be_in_viewport()
    shown = numbers(page)
    assert is_the_end(shown)
    assert len(shown) < 6000
    expect(page.get_by_role("link", name="Earlier lines")).to_be_visible()


def test_earlier_lines_come_in_above_those_on_the_page(open_page, long_log):
    page = open_page(long_log)
    expect(page.get_by_text(LAST)).to_be_in_viewport()
    log = page.get_by_role("log")
    log.evaluate("log => { log.scrollTop = 0; }")
    first = page.locator(f"#L{LINES - 999}")
    for count in (2000, 3000):
        page.get_by_role("link", name="Earlier lines").click()
        expect(page.locator(".line")).to_have_count(count)
        expect(first).to_be_in_viewport()
    assert is_the_end(numbers(page))
    assert page.url.endswith(long_log)


def test_a_search_leads_to_a_line_among_its_neighbours(open_page, long_log):
    page = open_page(long_log)
    field = page.get_by_label("Find in the log")
    field.fill("LINE 77777 OF")
    field.press("Enter")
    expect(page.locator(".line")).to_have_text(["line 77777 of the chatter"])
    page.get_by_role("link", name="Line 77778 in the whole log").click()
    expect(page.locator("#L77778")).to_be_in_viewport()
    assert numbers(page) == list(range(77279, 78279))
    page.get_by_role("link", name="Back to the newest lines").click()
    expect(page.get_by_text(LAST)).to_be_in_viewport()


def test_the_shown_lines_are_copied_without_their_numbers(open_page, site, long_log):
    page = open_page(long_log)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.splitlines() == [f"line {n} of the chatter" for n in range(LINES - 1000, LINES)]


def test_the_whole_of_it_is_downloaded(open_page, long_log):
    page = open_page(long_log)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"chatter-[0-9a-f-]{36}\.txt", download.value.suggested_filename)
    text = download.value.path().read_text()
    assert text.splitlines() == [f"line {n} of the chatter" for n in range(LINES)]


def test_without_javascript_the_log_is_read_page_by_page(open_page, long_log):
    page = open_page(long_log, java_script_enabled=False)
    page.get_by_role("link", name="Earlier lines").click()
    assert page.locator(".line").count() == 1000
    expect(page.locator(f"#L{LINES - 1999}")).to_be_attached()
    page.get_by_role("link", name="Later lines").click()
    expect(page.locator(f"#L{LINES}")).to_be_attached()
