"""docs/settings.md has a row for each setting, and for nothing else."""

from __future__ import annotations

import ast
import dataclasses
import re

import pytest

from samovar.conf import Options
from scripts.snippets import ROOT

pytestmark = pytest.mark.unit

LANGUAGES = ["settings.md", "settings.ru.md"]
ROW = re.compile(r"^\|(.*?)\|(.*?)\|(.+?)\| .+ \|$", re.MULTILINE)
SPAN = re.compile(r"`(\w+)`")
READERS = {"get", "getenv", "pop", "setdefault"}
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
VARIABLE = re.compile(r"\$[({]([A-Z][A-Z0-9_]+)\b")
SOURCES = ["*", "demo/config/*", "scripts/*", "src/**/*.py", "tests/rig/*", "deploy/**/*"]
NOT_SET_BY_PEOPLE = {"MAKEFILE_LIST", "DEBIAN_FRONTEND", "PATH", "DJANGO_SETTINGS_MODULE"}


@pytest.fixture(params=LANGUAGES)
def table(request) -> list[tuple[str, str, str]]:
    """Give variable, key of `SAMOVAR` and default of each row."""
    text = (ROOT / "docs" / request.param).read_text(encoding="utf-8")
    found = [(_span(name), _span(key), default) for name, key, default in ROW.findall(text)]
    return [row for row in found if row[0] or row[1]]


@pytest.fixture
def variables(table) -> set[str]:
    """Give the variables that have a row."""
    return {name for name, _key, _default in table if name}


@pytest.fixture
def keys(table) -> dict[str, str]:
    """Give the defaults of the keys that have a row."""
    return {key: default for _name, key, default in table if key}


def test_each_option_has_a_row_and_each_row_an_option(keys):
    missing = [
        f"| … | `{field.name}` | `{field.default}` | … |"
        for field in dataclasses.fields(Options)
        if field.name not in keys
    ]
    assert not missing, _words("src/samovar/conf.py has options without a row", missing)
    assert set(keys) == {field.name for field in dataclasses.fields(Options)}


def test_the_defaults_of_the_options_are_told(keys):
    told = {
        field.name: keys[field.name].strip()
        for field in dataclasses.fields(Options)
        if isinstance(field.default, int | float | str)
        and not isinstance(field.default, bool)
        and field.default
    }
    assert told == {name: f"`{_default(name)}`" for name in told}


def test_each_variable_of_the_environment_has_a_row(variables):
    missing = [
        f"| `{name}` | | … | … |  (read by {path})"
        for name, path in _variables()
        if name not in variables
    ]
    assert not missing, _words("The demo's settings read variables without a row", missing)


def test_each_variable_of_the_makefile_has_a_row(variables):
    files = [ROOT / "Makefile", *(ROOT / "scripts").glob("*.sh")]
    names = {name for file in files for name in VARIABLE.findall(file.read_text(encoding="utf-8"))}
    missing = sorted(names - NOT_SET_BY_PEOPLE - variables)
    assert not missing, _words("Makefile or scripts/*.sh read variables without a row", missing)


def test_each_row_is_a_setting_that_something_reads(variables):
    files = [path for glob in SOURCES for path in ROOT.glob(glob) if path.is_file()]
    text = "\n".join(file.read_text(errors="ignore") for file in files if file.suffix != ".md")
    words = set(re.findall(r"\w+", text)) | {name for name, _ in _variables()}
    assert variables - words == set()


def test_the_reading_of_the_settings_finds_every_way_to_ask():
    source = """
A = env.str("ONE", default=""), env("TWO"), os.environ.get("THREE"), os.environ["FOUR"]
for name, cast in {"FIVE": env.int}.items():
    if f"SAMOVAR_{name}" in env.ENVIRON: ...
for name, cast in {"SIX": env.int}.items():
    if env.has(name): ...
"""
    assert set(_read(ast.parse(source))) == {"ONE", "TWO", "THREE", "FOUR", "SAMOVAR_FIVE", "SIX"}


def _variables() -> list[tuple[str, str]]:
    """Return what the demo's settings take from the environment, and where."""
    return sorted(
        (name, path.relative_to(ROOT).as_posix())
        for path in (ROOT / "demo/config").glob("*.py")
        for name in set(_read(ast.parse(path.read_text(encoding="utf-8"))))
        if name not in NOT_SET_BY_PEOPLE
    )


def _read(module):
    for node in ast.walk(module):
        match node:
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if _is_environment(function) and NAME.fullmatch(name):
                    yield name
            case ast.Subscript(
                value=ast.Attribute(attr="environ"), slice=ast.Constant(value=name)
            ):
                yield name
            case ast.For(iter=ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys)))):
                yield from (prefix + key.value for prefix in _prefixes(node) for key in keys)


def _is_environment(function: ast.expr) -> bool:
    """Return whether a call asks django-environ or os for a variable."""
    match function:
        case ast.Name(id="env" | "getenv"):
            return True
        case ast.Attribute(value=ast.Name(id="env")):
            return True
        case ast.Attribute(value=ast.Attribute(attr="environ" | "ENVIRON"), attr=attribute):
            return attribute in READERS
        case ast.Attribute(value=ast.Name(id="os"), attr="getenv"):
            return True
    return False


def _prefixes(loop: ast.For) -> set[str]:
    """Return what a loop puts before the names that it walks through."""
    return {
        node.values[0].value
        for node in ast.walk(loop)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    } or {""}


def _span(cell: str) -> str:
    """Return the name that is all of a cell."""
    return match[1] if (match := SPAN.fullmatch(cell.strip())) else ""


def _words(fault: str, missing: list[str]) -> str:
    return "\n".join([f"{fault}; add to docs/settings.md and docs/settings.ru.md:", *missing])


def _default(name: str) -> str:
    default = next(field.default for field in dataclasses.fields(Options) if field.name == name)
    return f"{default:g}" if isinstance(default, float) else str(default)
