"""A zip of pictures goes in by the form, and its thumbnails are seen on the run's page."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.steps import badge, ended
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORM = "/jobs/thumbnails/"
RUN = re.compile(r"/runs/[0-9a-f-]{36}/")
WIDTH = "image => image.naturalWidth"


@pytest.fixture(scope="module")
def pictures() -> dict[str, str | bytes]:
    """Give a zip with two pictures and a page that says it is one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, colour in (("сад.png", "green"), ("море.png", "blue")):
            content = io.BytesIO()
            Image.new("RGB", (300, 200), colour).save(content, "PNG")
            target.writestr(name, content.getvalue())
        target.writestr("page.png", "<script>window.pwned = 1</script>")
    return {"name": "лето.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
def test_pictures_go_in_and_thumbnails_come_out(open_page, site, pictures, javascript):
    page = open_page(FORM, java_script_enabled=javascript)
    page.get_by_label("Archive").set_input_files(pictures)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(RUN, wait_until="commit")

    path = page.url.removeprefix(site.url).partition("?")[0]
    wait_for(lambda: ended(site, path)["state"] == "succeeded", 60, "the thumbnails")
    if not javascript:
        page.reload()
    expect(badge(page)).to_have_text("succeeded")
    expect(page.get_by_role("link", name="thumbnails.zip")).to_be_visible()
    expect(page.get_by_role("link", name="лето.zip")).to_be_visible()
    expect(page.get_by_text("page.png: it is no picture").first).to_be_visible()
    sheet = page.get_by_role("img", name="contact-sheet.png")
    sheet.scroll_into_view_if_needed()
    if javascript:
        expect(sheet).to_have_js_property("complete", value=True)
        assert sheet.evaluate(WIDTH) == 2 * 268 + 12
        with page.expect_download() as download:
            page.get_by_role("link", name="лето.zip").click()
        assert download.value.suggested_filename == "лето.zip"


def test_too_large_a_file_is_refused_before_it_is_sent(open_page, pictures):
    page = open_page(FORM)
    field = page.get_by_label("Archive")
    field.evaluate("field => { field.dataset.most = 10 }")
    field.set_input_files(pictures)
    refusal = page.get_by_role("alert")
    expect(refusal).to_have_text("This file is larger than 100 MB. Choose a smaller one.")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(f"{FORM}$"))
    field.evaluate("field => { field.dataset.most = 1e6 }")
    field.set_input_files(pictures)
    expect(refusal).to_have_count(0)


def test_files_that_are_too_large_together_are_refused_too(open_page, pictures):
    page = open_page("/")
    page.route(f"**{FORM}", _with_a_second_file)
    page.goto(FORM)
    first, second = page.locator("input[type=file]").all()
    for field in (first, second):
        field.evaluate(f"field => {{ field.dataset.most = {len(pictures['buffer']) + 9} }}")
        field.set_input_files(pictures)
    refusals = page.get_by_role("alert")
    together = "These files together are larger than 100 MB. Choose smaller ones."
    expect(refusals).to_have_text([together, together])
    second.set_input_files([])
    expect(refusals).to_have_count(0)


def _with_a_second_file(route):
    """Give the form another field of its kind; no job of the demo takes two files."""
    answer = route.fetch()
    [field] = re.findall(r'<input type="file"[^>]*>', answer.text())
    two = field + field.replace('id="', 'id="second_')
    route.fulfill(response=answer, body=answer.text().replace(field, two))
