"""A room on the site as it comes: in the embedded way without any server beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import ways
from tests.browser.chatting import kept_letter, story

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_meet_talk_are_cut_off_and_part(open_page, post, cable):
    post.answers = ["450 come back later"]
    anna, _boris = story(open_page, post, "websocket" if ways.is_pushed() else "sse", cable)
    assert "anna has added boris to your room" in kept_letter(anna)
    expect(anna.page.locator("[data-region=attempts]")).to_contain_text("come back later")
