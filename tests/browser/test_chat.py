"""A room on the site as it comes: in the embedded way without any server beside it."""

from __future__ import annotations

import pytest

from tests.browser import ways
from tests.browser.chatting import talk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_talk(open_page, site):
    talk(site, open_page, "websocket" if ways.is_pushed() else "sse")
