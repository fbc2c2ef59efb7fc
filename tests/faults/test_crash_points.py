"""A process dies between two durable steps, at each of them in turn."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.rig.site import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def _die(folder, *options: str, seconds: float) -> str:
    command = [sys.executable, "-m", "tests.chaos.crashes", *options, "--folder", folder]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_some_points_of_the_embedded_site(tmp_path):
    said = _die(tmp_path / "crashes", "--sample", "2", seconds=110)
    assert "2 armed" in said


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("options", [[], ["--full"]], ids=["embedded", "full"])
def test_every_point(tmp_path, options):
    said = _die(tmp_path / "crashes", *options, seconds=3500)
    found = re.search(r"(\d+) crash points, (\d+) armed, (\d+) landed", said)
    points, armed, landed = map(int, found.groups())
    assert points == armed == landed
