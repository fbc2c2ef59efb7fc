"""Whoever reaches the broker may put anything there: no worker ends of it, and no run is made."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis
from kombu import Connection

from samovar.engine import doorbell
from tests.rig import site as sites
from tests.rig.waiting import wait_for
from tests.rig.worker import Worker, running

pytestmark = pytest.mark.slow  # its site has a ledger of its own: once is enough

SETTINGS = "tests.integration.engine.project.settings"
LIST = "samovar.default"
NOBODY = str(uuid.UUID(int=7))


@pytest.fixture(scope="module")
def worker(redis_server) -> Iterator[Worker]:
    """Give a worker on Redis."""
    environ = {"DJANGO_SETTINGS_MODULE": SETTINGS, "CELERY_BROKER_URL": redis_server}
    with sites.made(**environ) as site, running(site) as worker:
        yield worker


@pytest.fixture
def broker(redis_server) -> Iterator[redis.Redis]:
    """Give a client of the broker."""
    with closing(redis.Redis.from_url(redis_server)) as client:
        yield client


def message(
    headers: dict[str, object],
    body: bytes = b"[[], {}, {}]",
    content_type: str = "application/json",
) -> str:
    """Return a message as kombu puts it into Redis."""
    properties = {
        "correlation_id": NOBODY,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": LIST},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": str(uuid.uuid4()),
    }
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": content_type,
            "headers": headers,
            "properties": properties,
        }
    )


OURS = {doorbell.OURS: 1, "lang": "py", "task": "double"}
SENT = {"lang": "py", "task": "double", "id": NOBODY}

BAD = {
    "no JSON": "tea, please",
    "no UTF-8": b"\xff\xfe\x00",
    "JSON, but no message": "[1, 2, 3]",
    "no headers": message({}),
    "no properties": json.dumps({"body": "e30=", "headers": SENT}),
    "a run that is not there": message(OURS | {"id": NOBODY}),
    "no id": message(OURS),
    "an id that is none": message(OURS | {"id": "../../etc/passwd"}),
    "an id of another type": message(OURS | {"id": {"a": 1}}),
    "a run of an unknown job": message(OURS | {"task": "of_tomorrow", "id": NOBODY}),
    "an unknown task": message({"task": "of_tomorrow", "id": NOBODY}),
    "an unknown task without an id": message({"task": "of_tomorrow"}),
    "a name that is none": message({"task": ["double"], "id": NOBODY}),
    "params that do not fit": message(SENT, b'[["tea"], {}, {}]'),
    "a body of another shape": message(SENT, b'{"a": 1}'),
    "a body that is no JSON": message(SENT, b"\x80\x04}"),
    "pickle": message(SENT, b"\x80\x04}\x94.", "application/x-python-serialize"),
    "an id that no run can have": message(SENT | {"id": "mine"}, b"[[1], {}, {}]"),
    "an instant that is none": message(SENT | {"eta": "soon"}, b"[[1], {}, {}]"),
    "5 MB": message(SENT, b'[["' + b"x" * 5_000_000 + b'"], {}, {}]'),
    "5 MB without sense": b"x" * 5_000_000,
}


def test_nothing_ends_the_worker_or_becomes_a_run(worker, broker):
    broker.rpush(LIST, *BAD.values())
    wait_for(lambda: broker.llen(LIST) == 0, 60, "the worker to take all of it")
    run = worker.run("double", "--number", "21")

    wait_for(lambda: any(entry[2] == run for entry in worker.heard("success")), 30, "the good run")
    assert worker.process.poll() is None, worker.log
    runs = json.loads(worker.site.manage("samovar", "runs", "--json").stdout)
    assert [entry["id"] for entry in runs] == [run]
    assert "The message of double[mine] is refused" in worker.log
    assert f"of_tomorrow[{NOBODY}] waits for a worker that knows its job" in worker.log


OVER_AMQP = [
    (b"tea, please", "text/plain", {}),
    (b"\xff\xfe\x00", "application/json", SENT),
    (b"[[", "application/json", OURS | {"id": NOBODY}),
    (b"[[], {}, {}]", "application/json", OURS | {"id": NOBODY}),
    (b"[[], {}, {}]", "application/json", OURS | {"task": "of_tomorrow", "id": NOBODY}),
    (b"[[], {}, {}]", "application/json", {"task": "of_tomorrow", "id": NOBODY}),
    (b"[[], {}, {}]", "application/json", {}),
    (b"[[], {}, {}]", "application/json", OURS | {"id": "../../etc/passwd"}),
    (b'[["tea"], {}, {}]', "application/json", SENT),
    (b"\x80\x04}\x94.", "application/x-python-serialize", SENT),
    (b'[["' + b"x" * 5_000_000 + b'"], {}, {}]', "application/json", SENT),
    (b"x" * 5_000_000, "application/json", SENT),
]


@pytest.mark.long
def test_nor_does_what_comes_over_amqp(rabbitmq_server):
    environ = {"DJANGO_SETTINGS_MODULE": SETTINGS, "CELERY_BROKER_URL": rabbitmq_server}
    with sites.made(**environ) as site, running(site) as worker:
        with Connection(rabbitmq_server) as connection:
            producer = connection.Producer()
            for body, kind, headers in OVER_AMQP:
                producer.publish(
                    body,
                    content_type=kind,
                    content_encoding="utf-8",
                    headers=headers,
                    routing_key=LIST,
                )
        run = worker.run("double", "--number", "21")
        wait_for(lambda: any(entry[2] == run for entry in worker.heard("success")), 60, "the run")

        assert worker.process.poll() is None, worker.log
        runs = json.loads(site.manage("samovar", "runs", "--json").stdout)
        assert [entry["id"] for entry in runs] == [run]
        assert f"of_tomorrow[{NOBODY}] waits for a worker that knows its job" in worker.log
