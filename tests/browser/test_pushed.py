"""A page whose news are pushed by Centrifugo: each line once, whatever is cut meanwhile."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

import jwt
import pytest
from playwright.sync_api import expect

from samovar.live.centrifugo import socket_url
from tests.browser import ways
from tests.browser.chatting import story
from tests.browser.steps import badge, ended, numbers, paused, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def socket():
    """Give the line from browsers to Centrifugo (or its stand-in), and the variables of both."""
    with ways.pushing() as socket:
        yield socket


@pytest.fixture(scope="module")
def site(socket, post):
    """Give a site of its own, whose news go to Centrifugo."""
    with ways.serving(socket, EMAIL_URL=post.url) as site:
        yield site


@pytest.fixture
def cable(socket):
    """Give the line from browsers to Centrifugo alone, whole again in the end."""
    yield socket[0]
    socket[0].mend()


def way(page):
    """Return the chip that says how news come."""
    return page.locator("[data-way]")


def is_whole(page, count: int) -> bool:
    """Return whether the log of the run, once it has ended, shows each line once and in order."""
    expect(badge(page)).to_have_text("succeeded")
    return numbers(page) == list(range(1, count + 1))


def is_whole_when_cancelled(page, path: str) -> bool:
    """Cancel the run, and return whether its log shows each line once and in order."""
    assert page.request.post(f"{path}cancellation/").ok
    expect(badge(page)).to_have_text("cancelled")
    told = page.request.get(f"/api/v1{path}log").json()["lines"]
    return numbers(page) == [line["n"] for line in told]


def test_lines_come_over_the_websocket_and_are_not_asked_for(open_page, site):
    asked, sockets = [], []
    page = open_page("/")
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: sockets.append(socket.url))
    with paused(site):
        page.goto(submit(site, "patter", lines=40))
        expect(way(page)).to_have_text("live · WebSocket")
    assert is_whole(page, 40)
    expect(way(page)).to_be_hidden()
    assert len(sockets) == 1
    assert not [url for url in asked if "/events?" in url]
    assert len([url for url in asked if "/log?" in url]) <= 2


def test_a_cut_of_the_websocket_loses_no_line_and_shows_none_twice(open_page, site, cable):
    path = submit(site, "patter", lines=2000)
    page = open_page(path)
    expect(page.get_by_role("log")).to_contain_text("line 20 of")
    cable.cut()
    expect(page.locator(".note.cut")).to_be_visible()
    cable.mend()
    expect(way(page)).to_have_text("live · WebSocket")
    assert is_whole_when_cancelled(page, path)


def test_without_centrifugo_the_page_takes_the_site_s_own_events_until_it_is_back(
    open_page, site, cable
):
    cable.cut()
    page = open_page("/")
    page.clock.install()
    path = submit(site, "patter", lines=2000)
    page.goto(path)
    expect(page.locator(".note.cut")).to_be_visible()
    page.clock.fast_forward(2000)
    expect(way(page)).to_have_text("live · Server-Sent Events")
    expect(page.locator(".note.cut")).to_be_hidden()
    cable.mend()
    page.clock.fast_forward(60000)
    expect(way(page)).to_have_text("live · WebSocket")
    assert is_whole_when_cancelled(page, path)


def test_a_page_that_is_far_behind_shows_the_end_without_what_came_before(open_page, site):
    asked = []
    with paused(site):
        path = submit(site, "chatter", lines=30_000)
        page = open_page(path)
        expect(way(page)).to_have_text("live · WebSocket")
        hide(page, True)
        expect(way(page)).to_be_hidden()
    ended(site, path)
    page.on("request", lambda request: asked.append(request.url))
    hide(page, False)
    expect(page.get_by_text("line 29999 of the chatter")).to_be_in_viewport()
    shown = numbers(page)
    assert shown == list(range(30_001 - len(shown), 30_001))
    assert len([url for url in asked if "/log?" in url]) <= 4
    expect(page.get_by_role("link", name="Earlier lines")).to_be_visible()


@pytest.mark.long
def test_a_hidden_page_gives_its_line_back(open_page, site):
    page = open_page(submit(site, "patter", lines=2000))
    expect(way(page)).to_have_text("live · WebSocket")
    with page.expect_event("websocket") as fresh:
        hide(page, True)
        expect(way(page)).to_be_hidden()
        hide(page, False)
    assert fresh.value.url.endswith("/connection/uni_websocket")
    page.get_by_role("button", name="Cancel").click()
    expect(badge(page)).to_have_text("cancelled")
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))


def hide(page, is_hidden: bool) -> None:
    """Let the page believe that it was put away, or shown."""
    page.evaluate(
        """(is) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


def test_two_people_meet_talk_are_cut_off_and_part(open_page, site, post, socket):
    with closing(ways.Lines(site, socket)) as lines:
        _anna, boris = story(open_page, post, "websocket", lines)
    assert [frame for frame in boris.frames if '"one"' in frame]


@pytest.mark.long
def test_a_token_is_renewed_before_its_end(open_page, site, socket):
    page = open_page("/")
    run_page = submit(site, "patter", lines=170)
    channel = f"run:{run_page.strip('/').split('/')[-1]}"
    permits = []

    def answer(route):
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
        secret = socket[1]["CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"]
        claims = {"sub": "stranger", "channels": [channel], "exp": until}
        permits.append(jwt.encode(claims, secret, algorithm="HS256"))
        url = socket_url(socket[0].url)
        route.fulfill(json={"transport": "centrifugo", "url": url, "token": permits[-1]})

    page.route("**/api/v1/live?*", answer)
    cuts = []
    page.expose_function("noteCut", lambda word: cuts.append(word))  # noqa: PLW0108 - Playwright wants a function
    page.goto(run_page)
    expect(way(page)).to_have_text("live · WebSocket")
    page.evaluate(
        """() => {
          const note = document.querySelector(".note.cut");
          const look = () => { if (!note.hidden) window.noteCut("cut"); };
          new MutationObserver(look).observe(note, { attributes: true });
        }"""
    )
    assert is_whole(page, 170)
    assert len(permits) >= 2
    assert not cuts
