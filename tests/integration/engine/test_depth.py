"""A broker says how many messages of a queue it holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import celery
import kombu
import pytest

from samovar.engine.celery.options import QUEUE_PREFIX
from samovar.engine.celery.publishing import Publisher
from samovar.exceptions import BrokerUnavailable
from samovar.runtime.publisher import Hint
from tests.rig.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def use() -> Iterator[celery.Celery]:
    """Give the way to make a broker the current app's."""
    before = celery.current_app._get_current_object()

    def make(url: str) -> celery.Celery:
        app = celery.Celery("depth", broker=url)
        app.set_current()
        return app

    yield make
    before.set_current()


@pytest.mark.parametrize("server", ["redis_server", "rabbitmq_server"])
def test_what_was_sent_is_counted(request, use, server):
    app = use(request.getfixturevalue(server))
    queue = f"depth-{uuid.uuid4().hex[:8]}"
    with app.connection_for_write() as connection:
        kombu.Queue(QUEUE_PREFIX + queue, channel=connection.default_channel).declare()
    publisher = Publisher()
    assert publisher.depth(f"{queue}-not-there") is None

    for _ in range(3):
        publisher.publish(Hint(uuid.uuid4(), "nobody", queue))

    assert publisher.depth(queue) == 3


def test_a_doorbell_holds_nothing(use):
    use("samovar://")

    assert not Publisher().depth("default")


def test_who_is_away_says_nothing(use):
    use(f"redis://127.0.0.1:{free_port()}")

    with pytest.raises(BrokerUnavailable):
        Publisher().depth("default")
