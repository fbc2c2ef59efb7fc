"""compose.yaml and what belongs to it, read as Docker reads it; tests/containers runs it."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}


def _variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text))


def test_the_services_are_those_of_the_contract():
    assert set(SERVICES) == {
        "web", "worker", "beat", "migrate", "postgres", "redis", "centrifugo", "flower", "mailpit",
        "rabbitmq",
    }  # fmt: skip
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"rabbitmq"}
    assert set(COMPOSE["volumes"]) == {"pgdata", "data"}


def test_only_four_doors_are_open_and_only_to_this_machine():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {
        "web": ["127.0.0.1:8000:8000"],
        "centrifugo": ["127.0.0.1:8001:8000"],
        "flower": ["127.0.0.1:5555:5555"],
        "mailpit": ["127.0.0.1:8025:8025"],
    }


def test_all_wait_for_the_tables():
    for name in OURS - {"migrate"}:
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["volumes"] == ["data:/data"]


def test_every_service_has_a_health_check_or_brings_its_own():
    without = {name for name, service in SERVICES.items() if "healthcheck" not in service}
    assert without == {"web", "mailpit"}
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_removing_local_images_removes_all_of_ours():
    assert all("image" not in SERVICES[name] for name in OURS)
    assert {"web", "worker", "beat", "migrate", "flower"} == OURS


def test_the_image_is_built_of_locked_parts_and_not_run_by_root():
    text = (ROOT / "Dockerfile").read_text()
    assert "# syntax" not in text
    assert text.count("--require-hashes") == 3
    final = text.rpartition("\nFROM ")[2]
    assert "\nUSER samovar\n" in final
    assert "pip" not in final


def test_no_file_of_variables_is_needed_and_the_example_names_them_all():
    text = (ROOT / "compose.yaml").read_text()
    assert all(f"${{{name}:-" in text for name in _variables(text))
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {"POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "FLOWER_BASIC_AUTH"} <= example


def test_secrets_are_random_written_once_and_for_their_owner(tmp_path):
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts/secrets.sh", tmp_path / "scripts")
    for _ in range(2):
        subprocess.run(["sh", script], env={"PATH": "/bin:/usr/bin"}, check=True)
    written = (tmp_path / ".env").read_text()
    values = re.findall(r"^\w+=(.+)$", written, re.MULTILINE)
    assert len(set(values)) == len(values) > 4
    assert all(len(value) >= 48 for value in values)
    assert _variables_of(written) <= _variables((ROOT / "compose.yaml").read_text())
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def _variables_of(text: str) -> set[str]:
    return set(re.findall(r"^(\w+)=", text, re.MULTILINE))
