"""Another host on this machine: a network of its own behind a line that can be cut."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

ADDRESS, OTHER = "198.18.{number}.1", "198.18.{number}.2"
"""Of the block that is kept for tests of networks."""
NUMBERS = 256


@dataclass(frozen=True, slots=True)
class Host:
    """A network named `name`, from which this machine is seen at `address`."""

    name: str
    address: str

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command line begins with that is to run there."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Let nothing pass any more; nobody is told."""
        _ip("link", "set", self.name, "down")


@contextlib.contextmanager
def host() -> Iterator[Host | None]:
    """Make a host; give None where that is not allowed."""
    number = os.getpid() % NUMBERS
    made = Host(f"samovar{number}", ADDRESS.format(number=number))
    try:
        _make(made, OTHER.format(number=number))
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield made
    finally:
        # By itself it would go with the last connection of the network, minutes later.
        _ip("link", "delete", made.name)
        _ip("netns", "delete", made.name)


def _make(host: Host, other: str) -> None:
    inside = ("-n", host.name)
    _ip("netns", "add", host.name)
    try:
        _ip("link", "add", host.name, "type", "veth", "peer", "name", "line", "netns", host.name)
        _ip("address", "add", f"{host.address}/30", "dev", host.name)
        _ip("link", "set", host.name, "up")
        _ip(*inside, "address", "add", f"{other}/30", "dev", "line")
        _ip(*inside, "link", "set", "line", "up")
        _ip(*inside, "link", "set", "lo", "up")
    except subprocess.CalledProcessError:
        _ip("netns", "delete", host.name)
        raise


def _ip(*argv: str) -> None:
    subprocess.run(["ip", *argv], check=True, capture_output=True)
