"""Run the suite: all of it on SQLite, and what touches the ledger on PostgreSQL as well.

The whole suite goes in three passes at the same time, since most tests wait for processes and not
for the processor; the first is printed as it goes, the others once all have ended. With arguments,
which go to pytest, it takes one database after the other.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import IO

SITES = ("tests/browser", "tests/faults")
"""Folders whose tests drive whole sites."""
LEDGER = ("-m", "integration or contract")
PASSES = {
    "On SQLite": ("sqlite", *(f"--ignore={folder}" for folder in SITES)),
    "Whole sites": ("sqlite", *SITES),
    "On PostgreSQL": ("postgresql", *LEDGER),
}
"""What each pass is called, its database, and pytest's arguments."""
NOTHING_SELECTED = 5
"""Pytest's exit code when the arguments name nothing of this pass, as a file of unit tests."""


def main() -> int:
    """Run all passes; return 0 when none failed."""
    # Else a SIGTERM would end this process alone, and leave the passes to themselves.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _bring_services()
    arguments = sys.argv[1:]
    codes = _in_turn(arguments) if arguments else _at_once()
    print(" ".join(f"{name}: {_word(code)}." for name, code in codes.items()), flush=True)
    return 1 if any(codes.values()) else 0


def _bring_services() -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        return
    if subprocess.run(["sh", "scripts/services.sh"], check=False).returncode:
        print("make services failed; the tests go on with what is there.", file=sys.stderr)


def _in_turn(arguments: list[str]) -> dict[str, int]:
    sqlite = _started("sqlite", *arguments).wait()
    postgresql = _started("postgresql", *LEDGER, *arguments).wait()
    return {
        "On SQLite": sqlite,
        "On PostgreSQL": 0 if postgresql == NOTHING_SELECTED else postgresql,
    }


def _at_once() -> dict[str, int]:
    passes: dict[str, subprocess.Popen[bytes]] = {}
    with contextlib.ExitStack() as ending:
        for name, words in PASSES.items():
            output = ending.enter_context(tempfile.TemporaryFile()) if passes else None
            passes[name] = _started(*words, output=output)
            if output is not None:
                ending.callback(_print, output)
            ending.callback(passes[name].terminate)
        return {name: each.wait() for name, each in passes.items()}


def _print(output: IO[bytes]) -> None:
    output.seek(0)
    shutil.copyfileobj(output, sys.stdout.buffer)


def _started(
    database: str, *arguments: str, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        env={**os.environ, "TEST_DATABASE": database},
        stdout=output,
        stderr=output and subprocess.STDOUT,
    )


def _word(code: int) -> str:
    return f"FAILED (pytest's exit code {code})" if code else "passed"


if __name__ == "__main__":
    sys.exit(main())
