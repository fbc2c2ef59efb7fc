"""The rig itself: real servers start and serve; the ledger is where it was asked for."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from kombu import Connection

from tests.rig import environment
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.integration


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_on_the_database_asked_for(database_url):
    assert connection.vendor == environment.database()
    assert connection.settings_dict["NAME"] in database_url


def test_postgresql_is_durable(postgresql):
    with psycopg.connect(postgresql) as client:
        assert client.execute("SHOW fsync").fetchone() == ("on",)
        assert client.execute("SHOW synchronous_commit").fetchone() == ("on",)


@pytest.mark.parametrize("broker", ["redis_server", "rabbitmq_server"])
def test_a_broker_carries_a_message(broker, request):
    with Connection(request.getfixturevalue(broker)) as client:
        queue = client.SimpleQueue("rig")
        queue.put({"id": 1})
        assert queue.get(timeout=10).payload == {"id": 1}
        queue.close()


def test_waiting_tells_the_last_answer():
    with pytest.raises(AssertionError, match=r"the kettle: not within 0\.05 s.*was 0"):
        wait_for(lambda: 0, 0.05, "the kettle")
