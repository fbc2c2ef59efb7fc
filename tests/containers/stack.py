"""A stack of its own, from a clone of its own, by Docker Compose."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = "samovar-check"
STAND_IN = "centrifugo/centrifugo:v6"
KINDS = ("container", "volume", "network")
HEARD = ("PATH", "HOME", "DOCKER_HOST")


@dataclass(frozen=True, slots=True)
class Stack:
    """The services of compose.yaml in `clone`, under a project name that nobody else has."""

    clone: Path

    def compose(self, *arguments: str, **variables: str) -> str:
        """Run `docker compose` to its end and return what it prints; raises CalledProcessError."""
        named = ("docker", "compose", "--project-name", PROJECT, *arguments)
        return _run(*named, at=self.clone, **variables)

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` in the container of the web."""
        return self.compose("exec", "-T", "web", "python", "manage.py", *arguments)

    def states(self) -> dict[str, str]:
        """Return what Docker says of each service's container."""
        lines = self.compose("ps", "--all", "--format", "{{.Service}} {{.Status}}").splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def sql(self, query: str) -> str:
        """Ask the database as a person would, and return the fields with `|` between them."""
        psql = ("psql", "-U", "samovar", "--no-align", "--tuples-only", "-c", query)
        return self.compose("exec", "-T", "postgres", *psql).strip()


@contextlib.contextmanager
def cloned() -> Iterator[Stack]:
    """Give the stack of a fresh clone of HEAD, and remove all of it in the end."""
    with tempfile.TemporaryDirectory(prefix="samovar-clone-") as folder:
        _run("git", "clone", "--quiet", "--no-hardlinks", str(ROOT), folder, at=ROOT)
        stack = Stack(Path(folder))
        try:
            yield stack
        finally:
            stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans",
                          "--rmi", "local")  # fmt: skip


def stand_in() -> bool:
    """Make the image that answers for Centrifugo, where the real one is not and cannot be had;
    return whether it was made.
    """
    with contextlib.suppress(subprocess.CalledProcessError):
        _run("docker", "image", "inspect", STAND_IN, at=ROOT)
        return False
    with contextlib.suppress(subprocess.CalledProcessError):
        _run("docker", "pull", "--quiet", STAND_IN, at=ROOT)
        return False
    folder = Path(__file__).parent / "centrifugo"
    _run("docker", "build", "--quiet", "--tag", STAND_IN, str(folder), at=ROOT)
    return True


def images() -> set[str]:
    """Return the names of all images on this machine."""
    return set(_run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}", at=ROOT).split())


def left() -> dict[str, str]:
    """Return what Docker still has of the project, by kind."""
    label = f"label=com.docker.compose.project={PROJECT}"
    found = {kind: _run("docker", kind, "ls", "--quiet", *_all(kind), "--filter", label, at=ROOT)
             for kind in KINDS}  # fmt: skip
    return {kind: ids for kind, ids in found.items() if ids}


def _all(kind: str) -> list[str]:
    return ["--all"] if kind == "container" else []


def _run(*command: str, at: Path, **variables: str) -> str:
    # No variable of this shell, and so no .env but the clone's, speaks to the stack.
    known = {name: os.environ[name] for name in HEARD if name in os.environ} | variables
    done = subprocess.run(command, cwd=at, env=known, check=False, capture_output=True, text=True)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.stdout
