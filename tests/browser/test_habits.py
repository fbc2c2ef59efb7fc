"""What people do without thinking: the keyboard alone, two tabs, back, another theme."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import FINISHED, FORM, NEWS, badge, expected, numbers, said, start, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_TABS = 40
OUTLINES = "one => ['', '::after'].map(part => getComputedStyle(one, part).outlineStyle)"


def tab_to(page, target) -> None:
    """Press Tab until the target has the focus, which must then be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            expect(target).to_be_in_viewport()
            outline = target.evaluate("one => getComputedStyle(one, '::after').outlineStyle")
            assert "solid" in {
                outline,
                target.evaluate("one => getComputedStyle(one).outlineStyle"),
            }
            return
    raise AssertionError(f"Tab does not reach {target}.")


def test_the_keyboard_alone_starts_and_cancels(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Count the seconds on the server").first)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Num seconds"))
    page.keyboard.type("30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    tab_to(page, page.get_by_role("button", name="Cancel"))
    page.keyboard.press("Enter")
    expect(badge(page)).to_have_text("cancelled")


def test_the_log_is_read_by_keyboard(open_page, site):
    page = open_page(submit(site, "patter", lines=60))
    expect(page.get_by_text("line 50 of the patter")).to_be_in_viewport()
    tab_to(page, page.get_by_role("log"))
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0 of the patter")).to_be_in_viewport()


def test_two_tabs_show_the_same_and_hear_of_a_cancellation(open_page, site):
    one = open_page(submit(site, num_seconds=30))
    other = one.context.new_page()
    other.goto(one.url)
    for page in (one, other):
        expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    other.get_by_role("button", name="Cancel").click()
    for page in (one, other):
        expect(badge(page)).to_have_text("cancelled")
        expect(page.get_by_role("button", name="Run again")).to_be_visible()
    log = one.request.get(one.url.replace("/runs/", "/api/v1/runs/").split("?")[0] + "log").json()
    for page in (one, other):
        expect(page.locator(".line")).to_have_count(len(log["lines"]))
    assert said(one) == said(other)
    assert numbers(one) == numbers(other) == list(range(1, len(numbers(one)) + 1))


@pytest.mark.long
def test_a_cancel_climbs_its_ladder_before_the_eyes(open_page, site):
    page = open_page(submit(site, "stay"))
    expect(page.get_by_role("log")).to_contain_text("I stay.")
    page.evaluate("window.isTheSame = true")
    api = page.url.replace("/runs/", "/api/v1/runs/")
    page.request.post(f"{api}cancellation")
    taken = page.locator("[data-region=state] .ladder > [data-step]")
    for step in ("interrupted", "terminated"):  # those before and behind them pass in a moment
        expect(taken.last).to_have_attribute("data-step", step)
    expect(badge(page)).to_have_text("cancelled")
    expect(page.locator(".attempts [data-step]")).to_have_count(5)
    assert page.evaluate("window.isTheSame")


def test_back_from_the_news_leads_to_a_form_that_starts_again(open_page):
    page = open_page("/")
    page.goto(FORM)
    start(page, 1)
    page.wait_for_url(FINISHED)
    page.go_back()
    expect(page).to_have_url(re.compile(f"{FORM}$"))
    start(page, 1)
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)


def test_back_and_forth_shows_each_line_once(open_page, site):
    page = open_page(submit(site, num_seconds=3))
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    page.go_back()
    expect(badge(page)).to_have_text("succeeded")
    assert said(page) == expected(3)
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))


def test_the_chosen_theme_stays(open_page):
    page = open_page("/", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html[data-theme=dark]")).to_be_visible()
    assert page.evaluate(paper) != light
    page.goto("/runs/?state=failed")
    assert page.evaluate(paper) != light
    page.get_by_role("button", name="As the system").click()
    expect(page).to_have_url(re.compile("state=failed$"))
    assert page.evaluate(paper) == light
