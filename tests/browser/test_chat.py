"""A room on the site as it comes: in the embedded way without any server beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import ways
from tests.browser.chatting import Person, kept_letter, story

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_meet_talk_are_cut_off_and_part(open_page, post, cable):
    post.answers = ["450 come back later"]
    anna, _boris = story(open_page, post, "websocket" if ways.is_pushed() else "sse", cable)
    assert "anna has added boris to your room" in kept_letter(anna)
    expect(anna.page.locator("[data-region=attempts]")).to_contain_text("come back later")


def test_somebody_without_javascript_says_something(open_page):
    page = open_page("/chat/", java_script_enabled=False)
    vera = Person(page, "vera", "vera@tea.example")
    vera.sign_up()
    vera.make_room("Samovar")
    vera.text.fill("one")
    page.get_by_role("button", name="Send").click()
    vera.sees("one")
    page.get_by_role("link", name="Load it again").click()
    vera.sees("one")
