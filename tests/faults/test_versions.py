"""While a deploy goes on, processes of older and of newer code share a ledger."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig import site as sites
from tests.rig.site import Site
from tests.rig.waiting import wait_for
from tests.rig.worker import Worker, running

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]

OLDER = "tests.faults.versions.older_settings"
NEWER = "tests.faults.versions.newer_settings"


class Deploy:
    """A site whose web process and workers may have code of two times."""

    def __init__(self, data: Path, environ: dict[str, str]) -> None:
        self._data = data
        self._environ = environ | {"SAMOVAR_EMBEDDED_WORKER": "0"}
        self._web = self._site(OLDER)

    @contextlib.contextmanager
    def web(self, settings: str) -> Iterator[None]:
        """Serve by the code of `settings`."""
        self._web = self._site(settings)
        self._web.start("--noreload", until=lambda: bool(self.status("healthz") == 200))
        try:
            yield
        finally:
            self._web.stop()

    @contextlib.contextmanager
    def worker(self, settings: str) -> Iterator[Worker]:
        """Let a worker of the code of `settings` be there."""
        with running(self._site(settings)) as worker:
            yield worker
            assert worker.process.poll() is None, worker.log

    def start(self, job: str, **params: Any) -> str:
        """Start a run by REST and return its id."""
        return str(json.loads(self.ask(f"api/v1/jobs/{job}/runs", params))["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """Return the run by REST."""
        found: dict[str, Any] = json.loads(self.ask(f"api/v1/runs/{run_id}"))
        return found

    def wait_for(self, run_id: str, state: str) -> dict[str, Any]:
        """Return the run once it stands in `state`."""
        wait_for(lambda: self.run(run_id)["state"] == state, 30, f"{run_id} to be {state}")
        return self.run(run_id)

    def ask(self, path: str, body: Any = None) -> str:
        """Return the text of a page; with a body it is a POST."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._web.url}/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())

    def status(self, path: str, body: Any = None) -> int:
        """Return the status that a page is answered with, 0 while nobody answers."""
        try:
            self.ask(path, body)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
        return 200

    def manage(self, settings: str, *argv: str) -> str:
        """Return what `manage.py samovar` says with the code of `settings`."""
        done = self._site(settings).manage("samovar", *argv, check=False)
        return done.stdout + done.stderr

    def _site(self, settings: str) -> Site:
        return Site(self._data, self._environ | {"DJANGO_SETTINGS_MODULE": settings})


@pytest.fixture(params=["doorbell", "redis"])
def deploy(request) -> Iterator[Deploy]:
    environ = {}
    if request.param == "redis":
        environ["CELERY_BROKER_URL"] = request.getfixturevalue("redis_server")
    with sites.made(**environ) as site:
        yield Deploy(site.data, environ)


def test_a_run_is_left_for_a_worker_that_knows_its_job(deploy):
    with deploy.web(NEWER), deploy.worker(OLDER) as older:
        pour = deploy.start("pour", cups=2)
        sips = [deploy.start("sip", number=number) for number in range(3)]
        known = deploy.start("steep", leaf="green")
        deploy.wait_for(known, "succeeded")
        assert "No worker there knows the job pour." in deploy.ask(f"runs/{pour}/")
        assert [deploy.run(run)["state"] for run in (pour, *sips)] == ["queued"] * 4

        # The older one leads; the job's rate lets in one of the sips a second.
        with deploy.worker(NEWER) as newer:
            assert deploy.wait_for(pour, "succeeded")["result"] == 2
            for number, run in enumerate(sips):
                told = deploy.wait_for(run, "succeeded")
                assert (told["result"], told["attempt"]) == (number, 1)
        assert all(f"pour[{pour}] {word}" in newer.log for word in ("received", "succeeded"))
        assert "Traceback" not in older.log
        assert f"pour[{pour}] received" not in older.log


def test_params_that_newer_code_does_not_take_are_named(deploy):
    with deploy.web(OLDER), deploy.worker(NEWER):
        fewer = deploy.wait_for(deploy.start("brew", cups=2), "failed")
        more = deploy.wait_for(deploy.start("steep", leaf="green", minutes=2), "failed")
        gone = deploy.start("retire")

        assert [run["error"]["type"] for run in (fewer, more)] == ["InvalidParams"] * 2
        assert "kind" in fewer["error"]["message"]
        assert "minutes" in more["error"]["message"]
        for run in (fewer, more):
            page = deploy.ask(f"runs/{run['id']}/")
            assert run["error"]["message"] in page.replace("&#x27;", "'")
        assert "No worker there knows the job retire." in deploy.ask(f"runs/{gone}/")


def test_what_the_code_has_dropped_keeps_its_pages(deploy):
    with deploy.web(OLDER), deploy.worker(OLDER):
        done = deploy.start("retire", cups=7)
        deploy.wait_for(done, "succeeded")
    with deploy.web(OLDER):
        waits = deploy.start("retire")
    with deploy.web(NEWER), deploy.worker(NEWER):
        for path in ("", "?watch", "log.txt"):
            assert "put away 7" in deploy.ask(f"runs/{done}/{path}")
        for path in ("", "runs/", "runs/?job=retire", "workers/", "schedules/"):
            assert deploy.status(path) == 200
        assert done in deploy.ask("runs/?job=retire")
        assert "No worker there knows the job retire." in deploy.ask(f"runs/{waits}/")

        assert deploy.status(f"api/v1/runs/{done}/again", {}) == 404
        assert deploy.status(f"runs/{done}/again/", {}) == 404
        assert deploy.status("jobs/retire/") == 404
        assert "retire: succeeded" in deploy.manage(NEWER, "show", done)
        assert "retire" in deploy.manage(NEWER, "again", done)
        assert "put away 7" in deploy.manage(NEWER, "log", done)
        assert deploy.status(f"runs/{waits}/cancellation/", {}) == 200
        assert deploy.run(waits)["state"] == "cancelled"
