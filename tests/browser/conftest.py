"""A real browser, and a line to the site that can be cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import ways
from tests.rig import smtp

SECONDS = 20
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def socket():
    """Give the line to Centrifugo and its variables; None where the site sends its own events."""
    if not ways.is_pushed():
        yield None
        return
    with ways.pushing() as socket:
        yield socket


@pytest.fixture(scope="session")
def post():
    """Give the mail server of the sites."""
    with smtp.running() as post:
        yield post


@pytest.fixture(scope="session")
def site(socket, post):
    """Give a running site, as TEST_SITE says, which has the jobs of the app `echo` too."""
    with ways.serving(socket, EMAIL_URL=post.url) as site:
        yield site


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, site):
    """Open pages of the site, each in a profile of its own."""
    contexts = []

    def open_page(path: str = "/", *, url: str = "", **options):
        context = browser.new_context(base_url=url or site.url, **options)
        contexts.append(context)
        context.set_default_timeout(SECONDS * 1000)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def cable(site, socket):
    lines = ways.Lines(site, socket)
    yield lines
    lines.close()
