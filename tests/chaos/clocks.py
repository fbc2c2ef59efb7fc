"""A fault of time: the clock of some of the site's processes is moved, by a shim between them and
the C library.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.nemesis import Kind, hold

SOURCE = Path(__file__).with_name("clock.c")
HOUR = 3600.0
AHEAD_SECONDS = 20.0
"""A tick is known by the host's own clock: who is ahead takes those of so long at once."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that can be moved, and the environment of the processes that go by it."""

    shim: Path
    offset: Path

    @property
    def environ(self) -> dict[str, str]:
        """What a process must be told that goes by this clock."""
        return {"LD_PRELOAD": str(self.shim), "CHAOS_CLOCK": str(self.offset)}

    def kinds(self) -> list[Kind]:
        """Return the fault."""
        return [Kind("clock moved", 4, self.move)]

    def move(self, chance: random.Random) -> str:
        """Let the time of day jump, forth by some seconds or back by some hours, and back again
        after a while.
        """
        seconds = chance.choice(
            [chance.uniform(1.0, AHEAD_SECONDS), -chance.uniform(1.0, 3 * HOUR)]
        )
        self._set(seconds)
        hold(chance.uniform(0.2, 5.0))
        self._set(0.0)
        return f"{seconds:+.0f} s"

    def _set(self, seconds: float) -> None:
        with self.offset.open("r+b") as file:
            file.write(struct.pack("d", seconds))


def made(folder: Path) -> Clock | None:
    """Return a clock whose files are in `folder`; None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    clock = Clock(folder / "clock.so", folder / "clock")
    clock.offset.write_bytes(struct.pack("d", 0.0))
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", clock.shim, SOURCE, "-ldl", "-lm"]
    subprocess.run(command, check=True)
    return clock
