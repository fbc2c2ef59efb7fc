"""The report of users: right numbers, whole lines, each minute once."""

from __future__ import annotations

import csv
import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from reports import table
from reports.tasks import count_users
from samovar.jobs.schedule import declared
from samovar.rhythm import Every
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration

HEADER = ("time", "total", "active", "new")
APPEND = """
import sys
from pathlib import Path
from reports import table
for n in range(int(sys.argv[2])):
    table.append(Path(sys.argv[1]), ("time", "total"), (f"{sys.argv[3]}-{n}", "x" * 50))
"""
TORN = """
import os, resource, signal, sys
from pathlib import Path
from reports import table
path = Path(sys.argv[1])
table.append(path, ("time", "total"), ("whole", 1))
# The kernel takes the line up to the limit, and then the process dies as by kill -9.
half = path.stat().st_size + int(sys.argv[2]) // 2 + 3
resource.setrlimit(resource.RLIMIT_FSIZE, (half, half))
try:
    table.append(path, ("time", "total"), ("torn", "x" * int(sys.argv[2])))
except OSError:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "users.csv"


def test_users_are_counted_into_a_line(db, settings, tmp_path, django_user_model):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    old = timezone.now() - dt.timedelta(days=3)
    django_user_model.objects.create_user("old", date_joined=old)
    django_user_model.objects.create_user("here", date_joined=old, last_login=timezone.now())
    django_user_model.objects.create_user("new")

    assert count_users.run() == {"total": 3, "active": 1, "new": 1}

    header, line = csv.reader((tmp_path / "reports/users.csv").read_text().splitlines())
    assert header == list(HEADER)
    assert line[1:] == ["3", "1", "1"]
    assert dt.datetime.fromisoformat(line[0]).tzinfo == dt.UTC


def test_a_minute_stands_there_once(db, settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    for _ in range(3):
        count_users.run()
    lines = (tmp_path / "reports/users.csv").read_text().splitlines()
    assert len(lines) == len(set(lines))
    assert len(lines) <= 3  # the minute may change between two calls


def test_what_a_kill_has_torn_is_taken_away(path):
    table.append(path, HEADER, ("a", 1, 2, 3))
    with path.open("a") as file:
        file.write("b,1,")
    table.append(path, HEADER, ("c", 1, 2, 3))
    assert path.read_text().splitlines() == ["time,total,active,new", "a,1,2,3", "c,1,2,3"]


def test_a_torn_header_is_written_again(path):
    path.parent.mkdir()
    path.write_text("time,to")
    table.append(path, HEADER, ("a", 1, 2, 3))
    assert path.read_text().splitlines() == ["time,total,active,new", "a,1,2,3"]


@pytest.mark.parametrize("columns", [2, 40_000])
def test_a_kill_in_the_middle_of_a_line_leaves_whole_lines(path, columns):
    command = [sys.executable, "-c", TORN, str(path), str(columns)]
    assert subprocess.run(command, env=os.environ, check=False).returncode == -signal.SIGKILL
    assert not path.read_text().endswith("\n")
    table.append(path, ("time", "total"), ("next", 1))
    assert path.read_text().splitlines() == ["time,total", "whole,1", "next,1"]


def test_whole_lines_stand_there_however_often_the_writer_is_killed(path):
    for number in range(10):
        command = [sys.executable, "-c", APPEND, str(path), "1000000", str(number)]
        writer = subprocess.Popen(command, env=os.environ)
        name = f"\n{number}-5,"
        wait_for(lambda name=name: path.exists() and name in path.read_text(), 30, "its lines")
        writer.kill()
        assert writer.wait(30) == -signal.SIGKILL
    table.append(path, ("time", "total"), ("last", 1))
    header, *lines, last = csv.reader(path.read_text().splitlines())
    assert (header, last) == (["time", "total"], ["last", "1"])
    assert all(len(line) == 2 and line[1] == "x" * 50 for line in lines)
    assert len({line[0] for line in lines}) == len(lines)


def test_two_processes_append_at_a_time(path):
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(path), "100", name], env=os.environ)
        for name in ("a", "b")
    ]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    lines = path.read_text().splitlines()
    assert lines.count("time,total") == 1
    assert sorted(lines[1:]) == sorted(
        f"{name}-{n},{'x' * 50}" for name in "ab" for n in range(100)
    )


def test_it_is_scheduled_every_five_minutes():
    [found] = [one for one in declared() if one.target == count_users.name]
    assert found.rhythm == Every(300)
