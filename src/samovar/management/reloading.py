"""How `runserver` comes to have a reloader above it, and how its serving process ends with it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from django.utils import autoreload

from samovar.runner import linux

_PARENT = "SAMOVAR_RELOADER_PID"
_PROGRAM = Path(__file__).with_name("reloader.py")


def is_child() -> bool:
    """Return whether this process is one that the reloader has started."""
    return os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true"


def follow_parent() -> None:
    """Have this process killed when its reloader ends."""
    parent = os.environ.pop(_PARENT, "")
    if parent and sys.platform == "linux":
        linux.die_with(int(parent), signal.SIGKILL)


def become_reloader() -> NoReturn:
    """Go on as the reloader: the same process, without the project that it has loaded."""
    command = [str(part) for part in autoreload.get_child_arguments()]
    environ = {
        **os.environ,
        autoreload.DJANGO_AUTORELOAD_ENV: "true",
        _PARENT: str(os.getpid()),
    }
    sys.stdout.flush()
    sys.stderr.flush()
    program = [sys.executable, "-I", "-S", str(_PROGRAM), *command]
    os.execve(program[0], program, environ)  # noqa: S606 - our own program
