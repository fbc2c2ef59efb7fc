"""axe-core finds nothing: on every page, in both themes and languages, narrow and wide."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.steps import FORM, ended, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
AXE = """options => axe.run(options).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`)))"""
WIDTHS = (320, 1366)
THEMES = {"light": ALL, "dark": COLOURS}
"""What is looked for in each theme: nothing but colours differs between them."""


@pytest.fixture(scope="module")
def paths(site):
    """Give the address of each page, with a run in every end."""
    succeeded, failed = (submit(site, "echo", text="one", fails=fails) for fails in (False, True))
    finished, stumbled = submit(site, num_seconds=1), submit(site, "stumble")
    for path in (succeeded, failed, finished, stumbled):
        ended(site, path)
    return [
        "/",
        FORM,
        f"{FORM}?finished={finished.split('/')[2]}",
        "/jobs/echo/",
        "/runs/",
        "/runs/?state=cancelled",
        succeeded,
        failed,
        submit(site, num_seconds=20),
        stumbled,
        f"{stumbled}?attempt=2",
        f"{stumbled}?find=step",
        f"/get-status/{failed.split('/')[2]}",
        "/get-status/none",
        f"{failed}again/",
        "/schedules/",
        "/schedules/new/?job=long_process",
        "/chat/",
        "/accounts/login/",
        "/accounts/sign-up/",
        "/workers/",
        "/help/",
        "/runs/none/",
        "/api/v1/docs",
    ]


def violations(page) -> list[str]:
    """Return what axe finds in each theme and width."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme)
            options = {"resultTypes": ["violations"], "runOnly": rules}
            found += [f"{page.url} {width} {theme} {one}" for one in page.evaluate(AXE, options)]
    return found


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
def test_no_page_stands_in_anybodys_way(open_page, paths, locale):
    page = open_page("/", locale=locale, reduced_motion="reduce")
    found = []
    for path in paths:
        page.goto(path)
        found += violations(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
def test_a_refused_form_stands_in_nobodys_way(open_page, locale):
    page = open_page(FORM, locale=locale, reduced_motion="reduce")
    page.locator("[name=num_seconds]").fill("0")
    page.locator("button.primary").click()
    page.wait_for_selector("[aria-invalid=true]")
    assert not violations(page)


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
def test_a_created_task_stands_in_nobodys_way(open_page, locale):
    page = open_page("/", locale=locale, reduced_motion="reduce")
    page.locator("form[action='/submit'] button").click()
    page.wait_for_url("**/submit")
    assert not violations(page)
