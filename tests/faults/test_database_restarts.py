"""The database ends and begins under a running job: the job lives, and its log is whole."""

from __future__ import annotations

import json
import signal

import psycopg
import pytest

from tests.chaos.services import postgresql_server
from tests.rig import postgresql
from tests.rig.site import made
from tests.rig.waiting import wait_for
from tests.rig.worker import CELERY, running

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(240)]

LINES = 150


def test_a_job_lives_on(redis_server):
    with postgresql_server() as server:
        url = postgresql.url(server.port)
        site_of = made(
            DJANGO_SETTINGS_MODULE="tests.faults.project.settings",
            DATABASE_URL=url,
            CELERY_BROKER_URL=redis_server,
        )

        def told(columns: str) -> tuple:
            with psycopg.connect(url) as ledger:
                return ledger.execute(f"SELECT {columns} FROM samovar_run").fetchone()

        with site_of as site, running(site, command=(*CELERY, "worker", "-l", "info")) as worker:
            run = worker.run("long_haul", "--lines", str(LINES))
            for number in (signal.SIGINT, signal.SIGQUIT):
                seen = told("log_lines")[0]
                wait_for(lambda seen=seen: told("log_lines")[0] > seen, 20, "the run to print")
                server.end(number)
                server.start()
            wait_for(lambda: told("state") == ("succeeded",), 60, "success")
            said = site.manage("samovar", "log", run, "--json").stdout
        lines = [json.loads(line) for line in said.splitlines()]
        assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
        texts = [line["text"] for line in lines if line["stream"] == "stdout"]
        assert texts == [f"attempt 1 line {number}" for number in range(LINES)]
