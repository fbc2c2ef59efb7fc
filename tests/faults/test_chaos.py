"""A short campaign of chaos: `make chaos` has longer ones."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.rig.site import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow]

RUNS = 25
FAULTS = 10
CAMPAIGN_SECONDS = 110


def test_a_short_campaign(tmp_path):
    """No promise is broken; and the faults did land, or it would prove nothing."""
    command = [sys.executable, "-m", "tests.chaos", "--runs", str(RUNS), "--faults", str(FAULTS)]
    done = subprocess.run(
        [*command, "--folder", tmp_path / "campaign"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=CAMPAIGN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "campaign" / "report.json").read_text())
    assert report["runs"] >= RUNS
    assert sum(report["faults"].values()) >= FAULTS
    assert report["lost_attempts"] >= report["faults"]["runner killed"] / 2 > 0
