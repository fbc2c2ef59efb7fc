"""Russian is whole: every string of the package is in the catalogue, translated, compiled."""

from __future__ import annotations

import re
import shutil

import polib
import pytest

from scripts import messages
from tests.integration.web.conftest import Page

CATALOGUES = [folder / messages.CATALOGUE for folder in messages.FOLDERS]


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parents[3].name)
def path(request):
    return request.param


@pytest.fixture
def catalogue(path):
    return polib.pofile(str(path))


def test_every_entry_is_translated(catalogue):
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


def test_the_same_placeholders_stand_in_both_languages(catalogue):
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\w|\{\w*\}", text))

    for entry in catalogue:
        for text in entry.msgstr_plural.values() or [entry.msgstr]:
            assert names(text) == names(entry.msgid), entry.msgid


def test_the_compiled_catalogue_is_the_written_one(catalogue, path):
    assert path.with_suffix(".mo").read_bytes() == catalogue.to_binary()


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext: there is no xgettext")
def test_every_string_of_the_code_is_in_the_catalogue(catalogue, path):
    wanted = {entry.msgid for entry in messages.found(path.parents[3])}
    assert {entry.msgid for entry in catalogue} == wanted, "`make messages` brings it in step"


def test_a_job_speaks_russian_from_its_title_to_its_fields(russian):
    page = russian.get("/jobs/long_process/").content.decode()
    main = page.partition("<main")[2].partition(">")[2]
    words = re.sub(r"<code>.*?</code>|<[^>]*>|&\w+;", " ", main)
    assert "Сколько секунд считать" in words
    assert re.findall(r"[A-Za-z]+", words) == []


def test_the_page_of_a_run_names_its_input_as_the_form_does(russian, make_run):
    page = Page(russian.get(f"/runs/{make_run('succeeded').pk}/"))
    assert page.texts("dt") == ["Сколько секунд считать"]
