"""Jobs that leave processes behind, and that say exactly what they did."""

from __future__ import annotations

import subprocess
import time

from samovar import current_run, job


@job
def long_haul(lines: int = 40, pause: float = 0.05) -> int:
    """Leave a daemon behind, and print a line in each pause."""
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    run = current_run()
    attempt = run.attempt if run else 0
    for line in range(lines):
        print(f"attempt {attempt} line {line}")
        time.sleep(pause)
    return attempt
