"""The main job as a person meets it: start, lines one by one, the bar, and back to the form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import (
    FINISHED,
    FORM,
    NEWS,
    WATCHED,
    expected,
    numbers,
    said,
    start,
    submit,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_the_catalogue_to_the_news(open_page):
    page = open_page("/")
    page.get_by_role("link", name="Count the seconds on the server").first.click()
    start(page, 4)
    lines = page.locator("[role=log] .line.stdout")
    expect(lines.first).to_have_text("Running for 0 seconds...")
    assert lines.count() < 4
    expect(lines.nth(1)).to_have_text("Running for 1 seconds...")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", re.compile(r"^(25|50)"))
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"about \d+ s left"))
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)
    expect(page.get_by_label("Num seconds")).to_have_value("")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_without_javascript(open_page):
    page = open_page(FORM, java_script_enabled=False)
    start(page, 4)
    expect(page.get_by_role("link", name="Stop refreshing")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)


def test_in_russian(open_page):
    page = open_page(FORM, locale="ru-RU")
    page.locator("[name=num_seconds]").fill("1")
    page.get_by_role("button", name="Старт").click()
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Задача успешно завершена")


def test_a_page_opened_late_and_reloaded_shows_every_line_once(open_page, site):
    path = submit(site, num_seconds=4)
    page = open_page(path)
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    late = open_page(path)
    page.reload()
    for one in (page, late):
        expect(one.locator("[data-region=state] .badge")).to_have_text("succeeded")
        assert said(one) == expected(4)
        assert numbers(one) == list(range(1, len(numbers(one)) + 1))


@pytest.mark.parametrize(
    ("seconds", "mended_at"), [(9, 5), pytest.param(40, 33, marks=pytest.mark.long)]
)
def test_a_cut_loses_no_line_and_shows_none_twice(open_page, site, cable, seconds, mended_at):
    page = open_page(submit(site, num_seconds=seconds), url=cable.url)
    expect(page.get_by_role("log")).to_contain_text("Running for 1 seconds...")
    cable.cut()
    expect(page.locator(".note.cut")).to_be_visible()
    elsewhere = open_page(page.url.replace(cable.url, ""))
    late = f"Running for {mended_at} seconds..."
    expect(elsewhere.get_by_role("log")).to_contain_text(late, timeout=seconds * 1000)
    cable.mend()
    expect(page.locator("[data-region=state] .badge")).to_have_text("succeeded")
    assert said(page) == expected(seconds)
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))
    expect(page.locator(".note.cut")).to_be_hidden()


def test_a_page_without_events_polls(open_page, site):
    page = open_page("/")
    page.route("**/events?*", lambda route: route.abort())
    page.route_web_socket("**/uni_websocket", lambda socket: socket.close())
    page.goto(submit(site, num_seconds=3))
    expect(page.locator("[data-region=state] .badge")).to_have_text("succeeded")
    assert said(page) == expected(3)


def test_a_double_click_starts_one_run(open_page):
    page = open_page(FORM)
    before = _runs_of(page, "long_process")
    page.get_by_label("Num seconds").fill("2")
    page.get_by_role("button", name="Start").dblclick()
    page.wait_for_url(WATCHED)
    assert len(_runs_of(page, "long_process") - before) == 1


def test_a_double_click_creates_one_task(open_page):
    page = open_page("/")
    before = _runs_of(page, "user_task")
    page.get_by_role("button", name="Create Task!").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Task created")
    assert len(_runs_of(page, "user_task") - before) == 1


def _runs_of(page, job):
    answer = page.request.get(f"/api/v1/runs?job={job}&limit=200")
    return {run["id"] for run in answer.json()["items"]}


def test_a_refused_form_says_what_to_change(open_page):
    page = open_page(FORM)
    page.get_by_label("Num seconds").fill("0")
    page.get_by_role("button", name="Start").click()
    field = page.get_by_label("Num seconds")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("0")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("at least 1"))


def test_a_failed_run_stays_and_says_so(open_page):
    page = open_page("/jobs/echo/")
    page.get_by_label("Text").fill("The tea is cold.")
    page.get_by_label("Fails").check()
    page.get_by_role("button", name="Start").click()
    panel = page.locator(".panel.failed")
    expect(panel).to_contain_text("ValueError: The tea is cold.")
    expect(panel).to_contain_text("echo/tasks.py")
    first = page.url
    page.get_by_role("button", name="Run again").click()
    expect(panel).to_contain_text("ValueError: The tea is cold.")
    assert page.url != first
