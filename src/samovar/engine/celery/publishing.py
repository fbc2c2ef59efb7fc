"""Send a run's id to its queue."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import celery
from kombu.exceptions import OperationalError

from samovar.engine import doorbell
from samovar.engine.celery.apps import prepare
from samovar.engine.celery.brokers import transport_options
from samovar.engine.celery.options import QUEUE_PREFIX
from samovar.exceptions import BrokerUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celery.app.amqp import task_message

    from samovar.runtime.publisher import Hint

TIMEOUT_SECONDS = 2.0
"""How long the broker may take to connect or to answer: nobody waits for it but one thread, which
has more to send.
"""


_ERRORS: tuple[type[Exception], ...] = (OperationalError, OSError)


class Publisher:
    """One kept connection; used by one thread, the process's publisher."""

    def __init__(self) -> None:
        self._producer: Any = None
        os.register_at_fork(after_in_child=self._forget)

    def publish(self, hint: Hint) -> None:
        """Send the message, once. Raises BrokerUnavailable; the next call connects again."""
        app = celery.current_app
        try:
            self._send(app, hint)
        except _ERRORS + self._errors() as error:
            self._hang_up()
            raise BrokerUnavailable(
                f"The broker did not take the message: {error!r}. "
                "The run waits in the ledger and is sent again."
            ) from error

    def depth(self, queue: str) -> int | None:
        """Return how many messages wait in the queue; None when the broker has no such queue (then
        it drops what is sent there). Raises BrokerUnavailable.
        """
        try:
            producer = self._connected(celery.current_app)
            # A channel of its own: RabbitMQ closes it when there is no such queue.
            with producer.connection.channel() as channel:
                return int(channel.queue_declare(QUEUE_PREFIX + queue, passive=True).message_count)
        except self._channel_errors():
            return None
        except _ERRORS + self._errors() as error:
            self._hang_up()
            raise BrokerUnavailable(f"The broker does not answer: {error!r}.") from error

    def _connected(self, app: Any) -> Any:
        if self._producer is None:
            prepare(app)
            self._producer = app.amqp.Producer(_connection(app), auto_declare=False)
        return self._producer

    def _channel_errors(self) -> tuple[type[Exception], ...]:
        errors: tuple[type[Exception], ...] = ()
        if self._producer is not None:
            errors = self._producer.connection.channel_errors
        return errors

    def _send(self, app: Any, hint: Hint) -> None:
        app.amqp.send_task_message(
            self._connected(app),
            hint.job,
            _message(app, hint),
            exchange="",
            routing_key=QUEUE_PREFIX + hint.queue,
            queue=QUEUE_PREFIX + hint.queue,
            declare=[],
            retry=False,
            serializer="json",
            delivery_mode="transient",  # the ledger keeps the run
            timeout=TIMEOUT_SECONDS,
            confirm_timeout=TIMEOUT_SECONDS,
        )

    def _errors(self) -> tuple[type[Exception], ...]:
        if self._producer is None:
            return ()
        connection = self._producer.connection
        errors: tuple[type[Exception], ...] = (
            connection.connection_errors + connection.channel_errors
        )
        return errors

    def _forget(self) -> None:
        """Leave the parent's connection to the parent."""
        self._producer = None

    def _hang_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.connection.collect(TIMEOUT_SECONDS)


def load() -> None:
    """Import the broker's client, and nothing more: it takes a quarter of a second."""
    app = celery.current_app
    prepare(app)
    _connection(app)


def ping(seconds: float) -> None:
    """Connect to the broker, and to nothing else. Raises BrokerUnavailable after `seconds`."""
    app = celery.current_app
    prepare(app)
    with _connection(app, seconds) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=seconds)
            connection.default_channel.close()
        except _ERRORS + connection.connection_errors as error:
            raise BrokerUnavailable(f"The broker does not answer: {error!r}.") from error


def send_plain(name: str, call: Mapping[str, Any]) -> None:
    """Send a task that is no job, as `app.send_task` does. Raises BrokerUnavailable."""
    app = celery.current_app
    prepare(app)
    with _connection(app) as connection:
        try:
            app.send_task(
                name, call["args"], call["kwargs"], connection=connection, **call["options"]
            )
        except _ERRORS + connection.connection_errors as error:
            raise BrokerUnavailable(f"The broker did not take {name}: {error!r}.") from error


def _connection(app: Any, seconds: float = TIMEOUT_SECONDS) -> Any:
    """Return a connection that gives up soon."""
    connection = app.connection_for_write(connect_timeout=seconds)
    connection.transport_options = {
        **(connection.transport_options or {}),
        **transport_options(connection.transport.driver_type, seconds),
    }
    return connection


def _message(app: Any, hint: Hint) -> task_message:
    message: task_message = app.amqp.as_task_v2(
        str(hint.run_id), hint.job, (), {}, create_sent_event=app.conf.task_send_sent_event
    )
    message.headers[doorbell.OURS] = 1
    return message
