"""Documents keep what they promise: twins are equal, links lead somewhere, commands exist."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

import samovar
from samovar.jobs.options import Options
from samovar.management.commands.samovar import Command
from scripts.snippets import ROOT, documents

pytestmark = pytest.mark.unit

TWINS = [path for path in documents() if path.with_suffix(".ru.md").exists()]
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
MAKE = re.compile(r"`make ([a-z-]+)|^make ([a-z-]+)", re.MULTILINE)
VERB = re.compile(r"manage\.py samovar ([a-z]+)")
README_LINES = 150


def _prose(text: str) -> str:
    return FENCE.sub("", text)


def _russian(path: Path) -> str:
    return path.with_suffix(".ru.md").read_text(encoding="utf-8")


def _code(language: str, text: str) -> str:
    """Return a block without the words that are translated in it."""
    if language != "python":
        return re.sub(r"\s+#.*", "", text) if language in {"bash", "sh", ""} else text
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = "…"
        elif isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    return ast.dump(module)


by_name = pytest.mark.parametrize("path", TWINS, ids=lambda path: path.name)
each = pytest.mark.parametrize(
    "path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix()
)


def test_there_are_twins():
    assert {"README.md", "how-it-is-made.md", "settings.md", "writing-jobs.md"} <= {
        path.name for path in TWINS
    }


@by_name
def test_twins_have_the_same_headings(path):
    english, russian = path.read_text(encoding="utf-8"), _russian(path)
    levels = [[len(marks) for marks, _ in HEADING.findall(_prose(t))] for t in (english, russian)]
    assert levels[0] == levels[1]


@by_name
def test_twins_have_the_same_code(path):
    english, russian = path.read_text(encoding="utf-8"), _russian(path)
    codes = [[_code(*block) for block in FENCE.findall(text)] for text in (english, russian)]
    assert codes[0] == codes[1]


@by_name
def test_twins_have_the_same_rows_and_links(path):
    english, russian = path.read_text(encoding="utf-8"), _russian(path)
    rows = [len(re.findall(r"^\|", _prose(text), re.MULTILINE)) for text in (english, russian)]
    assert rows[0] == rows[1]
    links = [_targets(text) for text in (english, russian)]
    assert links[0] == links[1]


@each
def test_links_lead_somewhere(path):
    lost = []
    for target in _links(path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            lost.append(target)
    assert lost == []


@each
def test_commands_exist(path):
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {name for names in MAKE.findall(text) for name in names if name}
    assert asked - targets == set()
    assert set(VERB.findall(text)) - _verbs() == set()


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_readme_is_short(name):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= README_LINES


@pytest.mark.parametrize("name", ["writing-jobs.md", "writing-jobs.ru.md"])
def test_every_option_and_every_public_name_is_told(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    untold = [
        each.name for each in dataclasses.fields(Options) if f"| `{each.name}` |" not in text
    ]
    assert untold == [], f"docs/{name} needs a row for each of these options of @job"
    unused = [each for each in samovar.__all__ if not re.search(rf"\b{each}\b", text)]
    assert unused == [], f"docs/{name} has to say what these are for"


def test_pictures_are_small():
    large = {path.name for path in ROOT.glob("docs/**/*.png") if path.stat().st_size > 150 * 1024}
    assert large == set()


def _links(text: str) -> list[str]:
    """Return the targets of a document that lie in the repository."""
    found = [target or source for target, source in LINK.findall(_prose(text))]
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def _targets(text: str) -> list[str]:
    """Return what a document links, whichever its language."""
    language = re.compile(r"\.ru(?=\.md)|-(?:ru|en)(?=[-.])")
    files = {language.sub("", link.partition("#")[0]) for link in _links(text)}
    return sorted(files - {""})


def _anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    if path.suffix != ".md":
        return set()
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings}


def _verbs() -> set[str]:
    parser = Command().create_parser("manage.py", "samovar")
    return {verb for action in parser._actions if action.dest == "verb" for verb in action.choices}
