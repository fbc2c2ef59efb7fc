"""What may befall any server that the site talks to, and the line to it."""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass
from typing import ClassVar

from tests.chaos.nemesis import hold
from tests.chaos.services import Service


@dataclass(frozen=True, slots=True)
class ServerOutages:
    """Faults of a server; DEATH ends it without a chance to put things in order."""

    DEATH: ClassVar = signal.SIGKILL

    server: Service

    def restart(self, chance: random.Random) -> str:
        """End the server without a word, and start it again after a while."""
        self.server.end(self.DEATH)
        hold(chance.uniform(0.1, 2.0))
        self.server.start()
        return self.DEATH.name

    def freeze(self, chance: random.Random) -> str:
        """Let the server answer nothing and refuse nothing for a while."""
        pid = self.server.send(signal.SIGSTOP)
        hold(chance.uniform(0.5, 5.0))
        self.server.send(signal.SIGCONT)
        return f"pid {pid}"

    def cut(self, chance: random.Random) -> str:
        """Break every connection, and let none through for a while."""
        self.server.cable.cut()
        hold(chance.uniform(0.1, 2.0))
        self.server.cable.mend()
        return "all"

    def deafen(self, _: random.Random) -> str:
        """Let the open connections carry nothing more."""
        count = self.server.cable.deafen()
        return f"{count} connections" if count else ""
