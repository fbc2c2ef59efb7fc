"""What is refused: exit code 2, a clear line on stderr for each fault, and nothing else."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from samovar.models import Run

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _refused(*argv: str) -> list[str]:
    """Run the command, which must refuse; return the lines on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("samovar", *argv, stdout=out, stderr=err)
    assert left.value.code == 2
    assert out.getvalue() == ""
    assert not Run.objects.exists()
    return err.getvalue().splitlines()


@pytest.mark.parametrize(
    "argv",
    [
        ["--num-seconds", ""],
        ["--num-seconds", "0"],
        ["--num-seconds", "-1"],
        ["--num-seconds=-1"],
        ["--num-seconds", "1.5"],
        ["--num-seconds", "abc"],
        ["--num-seconds", str(10**30)],
        ["--num-seconds"],
        [],
        ["--num-seconds", "1", "--num-seconds", "2"],
    ],
)
def test_a_param_that_does_not_fit_is_named(argv):
    (line,) = _refused("run", "long_process", *argv)
    assert "num-seconds" in line or "num_seconds" in line


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["run", "long_process", "--num-seconds", "1", "--colour", "red"], "colour"),
        (["run", "long_process", "--num-seconds", "1", "stray"], "stray"),
        (["run", "long_process", "--num", "1", "--num-seconds", "1"], "--num"),
        (["run", "nothing"], "nothing"),
        (["run", "nothing", "--num-seconds", "1"], "nothing"),
        (["log", "abc"], "abc"),
        (["log", "00000000-0000-7000-8000-000000000000"], "00000000-0000-7000-8000-000000000000"),
        (["cancel", "abc"], "abc"),
        (["again", "abc"], "abc"),
        (["queues", "pause", "nothing"], "nothing"),
    ],
)
def test_what_is_unknown_is_named(argv, word):
    (line,) = _refused(*argv)
    assert word in line


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hush@there/tea",
        "nonsense://me:hush@there/tea",
        "postgres://me:hush/hush@there/tea",
        "sqlite:////nowhere/tea.sqlite3",
    ],
)
def test_an_address_that_history_cannot_come_from_is_refused_and_not_repeated(url):
    (line,) = _refused("move", "--from", url)
    assert line.startswith("--from: ")
    assert "hush" not in line


def test_each_fault_has_its_line():
    lines = _refused("run", "long_process", "--num-seconds", "0", "--colour", "red")
    assert len(lines) == 2


def test_detached_run_prints_its_id_alone():
    out = io.StringIO()
    call_command("samovar", "run", "long_process", "--num-seconds", "5", "--detach", stdout=out)
    assert out.getvalue() == f"{Run.objects.get().pk}\n"


def test_detached_run_in_json_is_the_run():
    out = io.StringIO()
    call_command("samovar", "run", "--detach", "--json", "my_task", stdout=out)
    assert json.loads(out.getvalue())["params"] == {"duration": 10}
