"""Jobs are found by name; two functions of one name clash, one that is loaded twice does not."""

from __future__ import annotations

import sys
from importlib import reload

import pytest
from django.test import override_settings

from samovar import job
from samovar.exceptions import UnknownJob
from samovar.jobs import registry

SOURCE = """
from samovar import job

@job
def greet(name: str):
    return f"Hello, {name}"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder to import from; what came from there is forgotten after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    brought = {path.stem for path in tmp_path.iterdir()}
    for name in [name for name in sys.modules if name.partition(".")[0] in brought]:
        del sys.modules[name]


@pytest.fixture
def module(folder):
    """Give the name of a module that declares a job, outside every Django application."""
    (folder / "somewhere_else.py").write_text(SOURCE)
    return "somewhere_else"


def test_jobs_are_ordered_by_name():
    @job
    def tea(): ...

    @job(name="coffee")
    def other(): ...

    assert [each.name for each in registry.all()] == ["coffee", "tea"]
    assert registry.get("tea") is tea
    assert registry.clashes() == []


def test_an_unknown_job():
    with pytest.raises(UnknownJob) as refused:
        registry.get("tee")

    assert refused.value.name == "tee"


def test_the_first_keeps_the_name():
    @job
    def tea(): ...

    @job(name="tea")
    def green_tea(): ...

    (clash,) = registry.clashes()

    assert registry.get("tea") is tea
    assert (clash.name, clash.kept, clash.refused) == ("tea", tea.place, green_tea.place)
    assert clash.kept.startswith(__file__)


def test_a_module_that_is_loaded_again_is_no_clash(module):
    loaded = __import__(module)
    first = loaded.greet
    again = reload(loaded)

    assert registry.clashes() == []
    assert registry.get("greet") is again.greet is not first


def test_applications_bring_their_tasks_and_jobs(folder):
    package = folder / "teahouse"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tasks.py").write_text(SOURCE)
    (package / "jobs.py").write_text(SOURCE.replace("greet", "part"))

    with override_settings(INSTALLED_APPS=["teahouse"]):
        registry.autodiscover()

    assert {"greet", "part"} <= {each.name for each in registry.all()}
