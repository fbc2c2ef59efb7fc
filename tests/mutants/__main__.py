"""Apply each mutant in a copy of the sources, and run the tests that must miss its guard.

Before that the same tests must pass in the copy as it is: one that is red anyway misses nothing.
"""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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
        code = _test(copy, mutant.database, mutant.tests, TEST_SECONDS)
    finally:
        path.write_text(whole, encoding="utf-8")
    # pytest's exit codes: 0 all passed, 1 some failed, the others nothing was tested.
    return {0: Fate.SURVIVED, 1: Fate.KILLED}.get(code, Fate.BROKEN)


def is_green(mutants: Sequence[Mutant], copy: Path) -> bool:
    """Return whether the tests of `mutants` pass with every guard in its place."""
    for database in sorted({mutant.database for mutant in mutants}):
        named = [mutant.tests for mutant in mutants if mutant.database == database]
        paths = sorted({word for words in named for word in words if word.startswith("tests/")})
        if _test(copy, database, paths, TEST_SECONDS * len(paths)):
            print(f"The tests are red on {database} with all guards in place: mend them first.")
            return False
    return True


def _test(copy: Path, database: str, arguments: Sequence[str], seconds: int) -> int:
    """Return pytest's exit code; tests that hang have missed the guard, too."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    paths = os.pathsep.join([str(copy / "src"), str(copy / "demo")])
    environ = {**os.environ, "PYTHONPATH": paths, "TEST_DATABASE": database}
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=copy,
            env=environ,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def main() -> int:
    """Try the mutants that are named, all without a name; answer 1 unless all are killed."""
    named = set(sys.argv[1:])
    chosen = [mutant for mutant in MUTANTS if not named or mutant.name in named]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="samovar-mutants-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if not is_green(chosen, copy):
            return 1
        for mutant in chosen:
            fate = fate_of(mutant, copy)
            failed += fate is not Fate.KILLED
            print(f"{mutant.name:4} {fate.value}: {mutant.guard}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} mutants killed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
