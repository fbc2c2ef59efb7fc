"""Files that a job leaves are whole and told of, also when it is killed right after."""

from __future__ import annotations

import pytest

from samovar.runtime import files
from samovar.types import Outcome

pytestmark = pytest.mark.faults


def test_files_outlive_the_job_that_is_killed(perform, tmp_path):
    attempt = perform("make_files", folder=str(tmp_path))

    assert attempt.ending().outcome is Outcome.LOST
    told = attempt.heard.artifacts
    assert [(one["name"], one["size"], one["media_type"]) for one in told] == [
        ("path.txt", 9, "text/plain"),
        ("bytes.bin", 3_000_000, "application/octet-stream"),
        ("open.csv", 8, "text/csv"),
        ("path.txt", 22, "text/plain"),
    ]
    with files.storage().open(told[-1]["path"]) as file:
        assert file.read() == b"the second of its name"
    said = [text for text in attempt.heard.streams("system") if text.startswith("Artifact:")]
    assert said[0].startswith("Artifact: path.txt (9")
