"""`env.yml` is all it takes: its Python, its Django, its pip part, in a new environment."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 300
START_SECONDS = 60
STOP_SECONDS = 20
OF_THIS_SESSION = ("SAMOVAR_", "DJANGO_", "DATABASE_", "SECRET_", "TEST_", "PYTHON", "VIRTUAL_")


@pytest.fixture(scope="module")
def named() -> dict[str, list[str]]:
    """Give what env.yml asks of conda and of pip."""
    asked = yaml.safe_load((ROOT / "env.yml").read_text())
    assert asked["name"] == "test-task-django"
    return {
        "conda": [each for each in asked["dependencies"] if isinstance(each, str)],
        "pip": next(each["pip"] for each in asked["dependencies"] if isinstance(each, dict)),
    }


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Give a clone of the last commit."""
    folder = tmp_path_factory.mktemp("env") / "samovar"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def python(clone, named) -> Path:
    """Give the Python of an environment in which env.yml's packages are, and nothing else."""
    base = _python("3.11")
    if base is None:
        pytest.skip("needs Python 3.11, which env.yml names; there is none on this machine")
    found = clone.parent / "env/bin/python"
    subprocess.run([base, "-m", "venv", "--without-pip", found.parents[1]], check=True)
    django = next(each for each in named["conda"] if each.startswith("django"))
    _install(found, [django, *_arguments(named["pip"])], clone)
    return found


@pytest.fixture
def site(clone, python, free_port):
    """Serve as the last two of the README's commands do, and give an HTTP client."""
    subprocess.run([python, "manage.py", "migrate"], cwd=clone, env=_bare(), check=True)
    command = [python, "manage.py", "runserver", str(free_port)]
    process = subprocess.Popen(command, cwd=clone, env=_bare())
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{free_port}", timeout=40) as client:
            wait_for(lambda: _is_ready(client, process), START_SECONDS, "the site to be ready")
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def test_the_environment_is_what_it_says(python, named):
    words = (
        "import sys, django, celery, psycopg, redis, flower; print(sys.version, django.VERSION)"
    )
    said = subprocess.run(
        [python, "-c", words], check=True, capture_output=True, text=True, env=_bare()
    ).stdout
    assert "python=3.11" in named["conda"]
    assert said.startswith("3.11.")
    assert "(5, 1, " in said


def test_the_site_performs_a_job(site):
    form = site.get("/jobs/long_process/").text
    fields = dict(re.findall(r'name="(csrfmiddlewaretoken|_key)" value="([^"]+)"', form))
    started = site.post("/jobs/long_process/", data={**fields, "num_seconds": "2"})
    assert started.status_code == 303
    run_id = started.headers["Location"].split("/")[2]

    run = site.get(f"/api/v1/runs/{run_id}", params={"wait": 30}).json()
    assert (run["state"], run["progress"]["percent"]) == ("succeeded", 100)
    assert site.get(f"/runs/{run_id}/log.txt").text.splitlines() == [
        "Running for 0 seconds...",
        "Running for 1 seconds...",
    ]


def _python(version: str) -> str | None:
    """Return a Python of this version: ours, one on the PATH, or one that uv knows."""
    if sys.version.startswith(f"{version}."):
        return sys.executable
    if (uv := _uv()) is None:
        return shutil.which(f"python{version}")
    found = subprocess.run(
        [uv, "python", "find", "--no-python-downloads", version],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or None


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _install(python: Path, packages: list[str], folder: Path) -> None:
    """Install quickly with uv; pip knows mirrors that a machine has set up for it alone."""
    quickly = [_uv() or "false", "pip", "install", "--quiet", "--python", str(python), *packages]
    if subprocess.run(quickly, cwd=folder, env=_bare(), check=False).returncode:
        pip = [str(python), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run([str(python), "-m", "ensurepip"], env=_bare(), check=True)
        subprocess.run(pip, cwd=folder, env=_bare(), check=True, timeout=INSTALL_SECONDS)


def _arguments(lines: list[str]) -> list[str]:
    """Return lines of a requirements file as arguments."""
    return [word for line in lines for word in line.split(maxsplit=1)]


def _bare() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_SESSION)
    }


def _is_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "It ended before it served."
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
