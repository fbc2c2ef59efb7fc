"""Apply each mutant in a copy of the sources, and run the tests that must miss its guard."""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.guards import MUTANTS, Mutant
from tests.rig.site import ROOT

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "build", "data", "__pycache__", ".*_cache")
TEST_SECONDS = 300


class Fate(enum.Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED: no test misses the guard"
    STALE = "OUT OF DATE: the guard is not found"
    BROKEN = "BROKEN: the tests cannot be run"


def fate_of(mutant: Mutant, copy: Path) -> Fate:
    """Remove the guard in `copy`, run its tests, and put it back."""
    path = copy / "src" / "samovar" / mutant.file
    whole = path.read_text(encoding="utf-8")
    if whole.count(mutant.old) != 1:
        return Fate.STALE
    path.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        code = _test(mutant, copy)
    finally:
        path.write_text(whole, encoding="utf-8")
    # pytest's exit codes: 0 all passed, 1 some failed, the others nothing was tested.
    return {0: Fate.SURVIVED, 1: Fate.KILLED}.get(code, Fate.BROKEN)


def _test(mutant: Mutant, copy: Path) -> int:
    """Return pytest's exit code; tests that hang have missed the guard, too."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    paths = os.pathsep.join([str(copy / "src"), str(copy / "demo")])
    environ = {**os.environ, "PYTHONPATH": paths, "TEST_DATABASE": mutant.database}
    try:
        done = subprocess.run(
            [*command, *mutant.tests],
            cwd=copy,
            env=environ,
            capture_output=True,
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def main() -> int:
    """Try the mutants that are named, all without a name; answer 1 when one is not killed."""
    named = set(sys.argv[1:])
    chosen = [mutant for mutant in MUTANTS if not named or mutant.name in named]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="samovar-mutants-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for mutant in chosen:
            fate = fate_of(mutant, copy)
            failed += fate is not Fate.KILLED
            print(f"{mutant.name:4} {fate.value}: {mutant.guard}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} mutants killed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
