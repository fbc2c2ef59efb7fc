"""The catalogues: Django merges them, so the demo's words may not change the package's."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
CATALOGUE = "locale/ru/LC_MESSAGES/django.po"


def words(folder: str) -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(ROOT / folder / CATALOGUE))}


def test_the_demo_says_nothing_otherwise_than_the_package():
    package, demo = words("src/samovar"), words("demo")
    both = package.keys() & demo.keys()
    assert both
    assert {text for text in both if package[text] != demo[text]} == set()
