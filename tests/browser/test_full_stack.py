"""The main job over each broker, in a stack of the test's own. TEST_SITE=redis, or rabbitmq, runs
the whole suite like this.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.steps import FINISHED, FORM, NEWS, expected, said, start
from tests.rig import centrifugo, full

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=full.BROKERS)
def site(request, postgresql):
    """Give a running full stack on the broker, whose news go to Centrifugo."""
    with (
        centrifugo.running(centrifugo.command(), origins=["http://127.0.0.1:*"]) as server,
        full.serving(
            has_beat=False,
            DATABASE_URL=postgresql,
            CELERY_BROKER_URL=request.getfixturevalue(f"{request.param}_server"),
            **server.environ,
        ) as site,
    ):
        yield site


def test_the_main_job_over_each_broker(open_page):
    page = open_page(FORM)
    start(page, 9)
    expect(page.locator("[data-way]")).to_have_text("live · WebSocket")
    expect(page.get_by_role("log")).to_contain_text("Running for 2 seconds...")
    assert said(page)[:3] == expected(3)
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)
