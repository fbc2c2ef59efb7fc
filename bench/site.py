"""Start the site as a person does, with the benchmark's jobs, in a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.rig import site as sites
from tests.rig.site import ROOT as REPOSITORY
from tests.rig.site import Site

__all__ = ["REPOSITORY", "environment", "manage", "running_site"]

OURS = {"DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONPATH": str(REPOSITORY)}


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of the benchmark's processes."""
    inherited = {key: value for key, value in os.environ.items() if key != "RUN_MAIN"}
    return inherited | OURS | {"SAMOVAR_DATA": str(data)} | more


def manage(environ: dict[str, str], *argv: str) -> str:
    """Run `manage.py` to its end and return what it printed."""
    command = [sys.executable, "manage.py", *argv]
    done = subprocess.run(command, cwd=REPOSITORY, env=environ, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


@contextlib.contextmanager
def running_site(*options: str, **variables: str) -> Iterator[Site]:
    """Serve the site with its embedded worker until the block ends."""
    with sites.made(**OURS, **variables) as site:
        site.start(*options)
        yield site
