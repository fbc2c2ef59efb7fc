"""Every block of Python in docs/writing-jobs.md is run, in both languages, and says the truth."""

from __future__ import annotations

import re
import sys
import time
import types
import unittest
from typing import Annotated

import celery
import pytest
from pydantic import Field

from samovar import job, track
from samovar.engine.celery.task import register_jobs
from samovar.jobs import registry, schedule
from samovar.testing import inline
from scripts.snippets import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["writing-jobs.md", "writing-jobs.ru.md"]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLD = re.compile(r"^(?P<indent> *)(?P<left>.+?)  # → (?P<right>.+)$", re.MULTILINE)


@pytest.fixture(params=LANGUAGES)
def document(request, monkeypatch, settings, tmp_path):
    """Give the document as a module in which its blocks have been run, one after the other."""
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    tasks = celery.current_app.tasks
    known = set(tasks)
    monkeypatch.setattr(registry, "_jobs", dict(registry._jobs))
    monkeypatch.setattr(schedule, "_declared", dict(schedule._declared))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    module = types.ModuleType(request.param.partition(".")[0].replace("-", "_"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    module.told = []
    with inline():
        _run(module, (ROOT / "docs" / request.param).read_text(encoding="utf-8"))
    yield module
    for name in set(tasks) - known:
        del celery.current_app._tasks[name]


def test_what_the_blocks_say_is_so(document):
    assert [(left, value) for left, value, said in document.told if value != said] == []
    assert len(document.told) > 15


def test_its_own_tests_pass(document):
    document.test_count_down()
    loaded = unittest.defaultTestLoader.loadTestsFromTestCase(document.FetchTest)
    outcome = unittest.TestResult()
    loaded.run(outcome)
    assert (outcome.testsRun, outcome.failures, outcome.errors) == (2, [], [])


def test_its_jobs_do_what_the_text_says(document):
    assert document.copy_rows.run(1000) == 1000
    assert document.render.run(2) == 2
    assert document.bake.run() == 3
    with pytest.raises(ConnectionError):
        document.fetch.run("http://tea.example")


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_job_of_the_readme_is_one(name, monkeypatch, capsys):
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(time, "sleep", lambda _: None)
    [block] = BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))
    names = {"Annotated": Annotated, "Field": Field, "job": job, "time": time, "track": track}
    exec(block, names)
    names["long_process"].run(2)
    assert capsys.readouterr().out == "Running for 0 seconds...\nRunning for 1 seconds...\n"
    assert registry.get("long_process").signature["num_seconds"].required


def _run(module, text: str) -> None:
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        code = "\n" * line + TOLD.sub(_told, block[1])
        exec(compile(code, f"docs/{module.__name__}", "exec"), module.__dict__)
        register_jobs(celery.current_app)


def _told(match: re.Match[str]) -> str:
    left, right = match["left"], match["right"]
    return f"{match['indent']}told.append(({left!r}, {left}, {right}))"
