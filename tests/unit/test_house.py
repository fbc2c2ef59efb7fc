"""What a clone brings: the environments and the locks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_both_conda_files_are_equal():
    assert (ROOT / "env.yml").read_text() == (ROOT / "dev.yml").read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_address(lock):
    text = lock.read_text()
    pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
    hashed = re.findall(r"^\S+==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)

    assert len(pins) == len(hashed) > 0
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_locks_agree():
    def pins(name):
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^(\S+==.*?) \\$", text, re.MULTILINE))

    assert pins("run.txt") <= pins("dev.txt")
