"""A room on the site as it comes, without any server beside it."""

from __future__ import annotations

import pytest

from tests.browser.chatting import talk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_talk(open_page, site):
    talk(site, open_page, "sse")
