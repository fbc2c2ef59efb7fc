"""The page of the workers, for whoever operates the site."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.steps import ended, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_page_keeps_itself_fresh(open_page, site):
    page = open_page("/workers/")
    run = submit(site, num_seconds=5)
    link = page.locator(f"[data-region=workers] a[href='{run}']")
    expect(link).to_have_text("Count the seconds on the server")
    ended(site, run)
    expect(link).to_have_count(0)
