"""Start a server's own program in a folder of its own, and stop it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

STOP_SECONDS = 15


def account(name: str) -> str | None:
    """Return the account to run a server as: `name` when we are root, else None (ourselves)."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name).pw_name
    return None


@contextlib.contextmanager
def own_folder(name: str, user: str | None) -> Iterator[Path]:
    """Make a folder that belongs to `user`; remove it in the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"samovar-{name}-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    folder: Path,
    user: str | None = None,
    environ: dict[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in a session of its own; what it says stands in `folder`/server.log."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | (environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        yield process
    finally:
        _stop(process, stop)


def _stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
