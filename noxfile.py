"""Run the suite on each Python and Django: `nox`, or one of them as `nox --list` names it."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ["3.11", "3.12", "3.13"]
DJANGOS = {"5.1": "django>=5.1,<5.2", "5.2": "django>=5.2,<5.3", "newest": "django"}


@nox.session(python=PYTHONS)
@nox.parametrize("django", list(DJANGOS), ids=list(DJANGOS))
@nox.parametrize("database", ["sqlite", "postgresql"], ids=["sqlite", "postgresql"])
def suite(session: nox.Session, django: str, database: str) -> None:
    """Run the tests that do not drive a browser."""
    groups = nox.project.dependency_groups(nox.project.load_toml(), "dev")
    session.install(
        "--upgrade", "--editable", ".[postgres,redis,flower,demo]", *groups, DJANGOS[django]
    )
    session.run("pytest", "-m", "not browser", *session.posargs, env={"TEST_DATABASE": database})
