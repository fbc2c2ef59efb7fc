"""The suite on each Python and Django.

`nox` runs all of it: each Python here, each Django that it allows, both databases; one of them is
`nox --session "suite-3.13(sqlite, newest)"`. `nox --session ends` takes the oldest and the newest
pair, with the tests of the ledger, the runner, the pages and the API alone: what CI adds to the
suite on its own Python, in about a minute each. A Python that is not on the machine is skipped,
never fetched. Words after `--` go to pytest.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"
nox.options.sessions = ["suite"]

PYTHONS = ["3.11", "3.12", "3.13"]
DJANGOS = {"5.1": "django>=5.1,<5.2", "5.2": "django>=5.2,<5.3", "newest": "django"}
ENDS = [("3.11", "5.1"), ("3.13", "newest")]
ESSENCE = [
    "tests/unit",
    *(f"tests/integration/{part}" for part in ("api", "ledger", "runner", "web")),
]

# pyenv puts commands on the PATH for all of its Pythons, but they work for the chosen ones alone.
_PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
_BESIDE = [str(folder) for folder in sorted(_PYENV.glob("versions/3.*/bin"))]
os.environ["PATH"] = os.pathsep.join([*_BESIDE, os.environ["PATH"]])


@nox.session(python=PYTHONS)
@nox.parametrize("django", list(DJANGOS), ids=list(DJANGOS))
@nox.parametrize("database", ["sqlite", "postgresql"], ids=["sqlite", "postgresql"])
def suite(session: nox.Session, django: str, database: str) -> None:
    """Run the tests that do not drive a browser."""
    install(session, django)
    words = session.posargs or ["-m", "not browser and not slow"]
    session.run("pytest", *words, env={"TEST_DATABASE": database})


@nox.session
@nox.parametrize(["python", "django"], ENDS, ids=["oldest", "newest"])
def ends(session: nox.Session, django: str) -> None:
    """Run the essence of the suite on the oldest and the newest pair."""
    install(session, django)
    session.run("pytest", *(session.posargs or ESSENCE), "-m", "not slow")


def install(session: nox.Session, django: str) -> None:
    """Install the package with all that its tests need, and the Django that is asked for."""
    groups = nox.project.dependency_groups(nox.project.load_toml(), "dev")
    wanted = ["--upgrade", *groups, DJANGOS[django], "--editable", ".[postgres,redis,flower,demo]"]
    try:
        session.install(*wanted)
    except CommandFailed:
        # pip knows mirrors and certificates that a machine has set up for it.
        session.run("python", "-m", "ensurepip", silent=True)
        session.run("python", "-m", "pip", "install", "--quiet", *wanted)
    session.run("python", "-c", "import sys, django; print(sys.version, django.VERSION)")
