"""Russian is whole: every string of the package is in the catalogue, translated, compiled."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

import samovar

PACKAGE = Path(samovar.__file__).parent
CATALOGUE = PACKAGE / "locale/ru/LC_MESSAGES/django.po"


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(CATALOGUE))


def test_every_entry_is_translated(catalogue):
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


def test_the_same_placeholders_stand_in_both_languages(catalogue):
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\w|\{\w*\}", text))

    for entry in catalogue:
        for text in entry.msgstr_plural.values() or [entry.msgstr]:
            assert names(text) == names(entry.msgid), entry.msgid


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    assert CATALOGUE.with_suffix(".mo").read_bytes() == catalogue.to_binary()


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext: there is no xgettext")
def test_every_string_of_the_code_is_in_the_catalogue(catalogue, tmp_path):
    copy = tmp_path / "samovar"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    command = [sys.executable, "-P", "-m", "django", "makemessages", "-l", "ru", "--no-obsolete"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    wanted = {entry.msgid for entry in polib.pofile(str(copy / CATALOGUE.relative_to(PACKAGE)))}
    assert {entry.msgid for entry in catalogue} == wanted
