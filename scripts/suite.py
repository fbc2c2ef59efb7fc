"""Run the suite: all of it on SQLite, and what touches the ledger on PostgreSQL as well.

The whole suite takes both at the same time, and prints the second when it has ended. With
arguments, which go to pytest, it takes one after the other.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import IO

LEDGER = ("-m", "integration or contract")
NOTHING_SELECTED = 5
"""Pytest's exit code when the arguments name nothing of this pass, as a file of unit tests."""


def main() -> int:
    """Run both passes; return 0 when neither failed."""
    # Else a SIGTERM would end this process alone, and leave the passes to themselves.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _bring_services()
    arguments = sys.argv[1:]
    sqlite, postgresql = _in_turn(arguments) if arguments else _at_once()
    if postgresql == NOTHING_SELECTED:
        postgresql = 0
    print(f"On SQLite: {_word(sqlite)}. On PostgreSQL: {_word(postgresql)}.", flush=True)
    return 1 if sqlite or postgresql else 0


def _bring_services() -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        return
    if subprocess.run(["sh", "scripts/services.sh"], check=False).returncode:
        print("make services failed; the tests go on with what is there.", file=sys.stderr)


def _in_turn(arguments: list[str]) -> tuple[int, int]:
    return _started("sqlite", *arguments).wait(), _started("postgresql", *arguments).wait()


def _at_once() -> tuple[int, int]:
    with tempfile.TemporaryFile() as told:
        passes = [_started("sqlite"), _started("postgresql", output=told)]
        try:
            codes = [each.wait() for each in passes]
        finally:
            for each in passes:
                each.terminate()
            told.seek(0)
            shutil.copyfileobj(told, sys.stdout.buffer)
    return codes[0], codes[1]


def _started(
    database: str, *arguments: str, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    selected = LEDGER if database == "postgresql" else ()
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *selected, *arguments],
        env={**os.environ, "TEST_DATABASE": database},
        stdout=output,
        stderr=output and subprocess.STDOUT,
    )


def _word(code: int) -> str:
    return f"FAILED (pytest's exit code {code})" if code else "passed"


if __name__ == "__main__":
    sys.exit(main())
