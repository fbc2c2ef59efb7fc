"""`doctor`: what is wrong is red, with the remedy; what is well is green."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from samovar import conf
from samovar.management.doctor import database, places
from samovar.models import Queue, Run
from tests.rig.ports import free_port
from tests.rig.site import Site

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def _examine(capsys) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Return the exit code, and the findings by part."""
    with pytest.raises(SystemExit) as end:
        call_command("samovar", "doctor", "--json")
    told = json.loads(capsys.readouterr().out)
    parts: dict[str, list[dict[str, str]]] = {}
    for finding in told["findings"]:
        parts.setdefault(finding["part"], []).append(finding)
    return int(end.value.code or 0), parts


def test_without_a_worker_the_doctor_is_not_content(capsys):
    code, parts = _examine(capsys)

    assert code == 1
    assert parts["worker"][0]["level"] == "red"
    assert parts["worker"][0]["remedy"] == "python manage.py samovar worker"
    assert [found["level"] for found in parts["database"]] == ["green"]
    assert [found["level"] for found in parts["broker"]] == ["green"]
    assert [found["level"] for found in parts["e-mail"]] == ["green"]


def test_a_site_as_it_should_be_is_green(site):
    done = site.manage("samovar", "doctor", check=False)
    words = done.stdout.split()

    assert done.returncode == 0, done.stdout
    assert "red" not in words
    assert {"database", "broker", "worker", "upkeep", "live", "data"} <= set(words)


def test_a_paused_queue_and_one_that_nobody_takes(capsys):
    Queue.pause("quiet", now=timezone.now())
    Run.objects.create(job="my_task", queue="far", params={}, state="queued")
    _code, parts = _examine(capsys)
    said = {found["words"]: found for found in parts["queues"]}

    assert any("quiet is paused" in words for words in said)
    assert "No worker takes far" in " ".join(said)
    assert "samovar queues resume quiet" in [found["remedy"] for found in said.values()][1]


def test_a_database_that_is_not_migrated_and_a_broker_that_is_not_there(tmp_path):
    site = Site(tmp_path, {"CELERY_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"})
    done = site.manage("samovar", "doctor", check=False)

    assert done.returncode == 1
    assert "manage.py migrate" in done.stdout
    assert "CELERY_BROKER_URL" in done.stdout


def test_centrifugo_and_a_mail_server_that_are_not_there(settings, capsys):
    settings.SAMOVAR = {
        **settings.SAMOVAR,
        "CENTRIFUGO_URL": f"http://127.0.0.1:{free_port()}",
        "CENTRIFUGO_HTTP_API_KEY": "key",
        "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": "secret",
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    _code, parts = _examine(capsys)

    assert parts["live"][0]["level"] == "red"
    assert parts["e-mail"][0]["level"] == "red"


def test_a_disk_that_is_full(monkeypatch, settings):
    usage = shutil.disk_usage(conf.options().DATA)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10 << 20))

    assert [found.level for found in places.data()] == ["red"]


def test_a_data_folder_on_the_network(tmp_path):
    mounts = Path(tmp_path, "mounts")
    mounts.write_text(
        f"/dev/vda / ext4 rw 0 0\nhost:/x {tmp_path} nfs4 rw 0 0\nx {tmp_path}/y tmpfs rw 0 0\n"
    )

    assert database.file_system(tmp_path / "db.sqlite3", mounts) == "nfs4"
    assert database.file_system(Path("/var/db.sqlite3"), mounts) == "ext4"


def test_a_ledger_that_contradicts_itself_is_red(capsys):
    run = Run.objects.create(job="my_task", params={}, state="succeeded")
    _code, parts = _examine(capsys)

    [found] = parts["ledger"]
    assert found["level"] == "red"
    assert f"runs have ended without an instant, as {run.pk}" in found["words"]
