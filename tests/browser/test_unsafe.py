"""Whatever a job is given, says, returns or raises stands on the pages as text."""

from __future__ import annotations

import html
import urllib.parse

import pytest
from playwright.sync_api import expect

from tests.browser.steps import badge, ended, said, submit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CORPUS = [
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    '"><svg onload=hit()>',
    "' autofocus onfocus='hit()",
    "</pre></code></div></title></textarea></script><script>hit()</script>",
    '<noscript><p title="</noscript><img src=x onerror=hit()>">',
    "<math><mtext><table><mglyph><style><img src=x onerror=hit()>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<a href=javascript:hit()>javascript:hit()</a>",
    "<form action=//elsewhere.example><button>Start</button>",
    "<meta http-equiv=refresh content='0;url=//elsewhere.example'>",
    "<base href=//elsewhere.example/>",
    "<style>* { display: none }</style><link rel=stylesheet href=//elsewhere.example>",
    "{{ 7|add:7 }}{% debug %}${7*7}`{n}`",
    "&lt;b&gt;&amp;&#60;script&#62;hit()",
    "<!-- --!> <![CDATA[ ]]> ]]>",
    "\u202ecod.exe \u2028 \u0085 \ufeff <x y=z>",
]
TEXT = "\n".join(CORPUS)
GUARD = """
window.hits = [];
window.hit = () => window.hits.push("script");
window.addEventListener("securitypolicyviolation", (event) => window.hits.push(event.blockedURI));
"""


@pytest.fixture
def guarded(open_page, site):
    """Give a page that notices every script that runs, every dialog and every CSP report."""
    page = open_page("/healthz")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda sent: sent.url.startswith(site.url) or asked.append(sent.url))
    page.add_init_script(GUARD)
    yield page
    assert asked == []


def is_clean(page) -> None:
    assert page.evaluate("window.hits") == []
    assert page.evaluate("document.querySelector('main').innerText")
    strange = "main :is(script, iframe, img, base, style, math, noscript p, [onerror], [onload])"
    assert page.locator(strange).count() == 0


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("is_late", [False, True], ids=["live", "late"])
def test_all_of_a_run_is_text(guarded, site, fails, is_late):
    page, path = guarded, submit(site, "echo", text=TEXT, fails=fails)
    if is_late:
        ended(site, path)
    page.goto(path)
    expect(badge(page)).to_have_text("failed" if fails else "succeeded")
    assert said(page) == CORPUS
    outcome = page.locator("[data-region=outcome]")
    assert TEXT in outcome.locator(".error" if fails else ".value").text_content()
    assert TEXT in page.locator(".params").text_content()
    is_clean(page)


def test_a_form_gives_back_what_was_typed_as_text(guarded):
    page, typed = guarded, " ".join(CORPUS)
    page.goto("/jobs/chatter/")
    field = page.get_by_label("Lines")
    field.evaluate("one => { one.type = 'text'; }")
    field.fill(typed)
    page.get_by_role("button", name="Start").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert html.escape(typed) in page.request.post("/jobs/chatter/", form={"lines": typed}).text()
    is_clean(page)


def test_an_address_is_text(guarded):
    page = guarded
    for text in CORPUS:
        quoted = urllib.parse.quote(text, safe="")
        for path in (f"/runs/?state={quoted}&job={quoted}", f"/jobs/x/?{quoted}={quoted}"):
            page.goto(path)
            is_clean(page)


def test_lists_and_old_inputs_are_text(guarded, site):
    page, path = guarded, submit(site, "echo", text=TEXT, fails=True)
    ended(site, path)
    for listed in ("/", "/runs/"):
        page.goto(listed)
        is_clean(page)
    page.goto(path)
    page.get_by_role("link", name="Edit and run again").click()
    expect(page.get_by_label("Text")).to_be_visible()
    is_clean(page)
