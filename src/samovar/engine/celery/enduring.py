"""A consumer that no message can end, and that no run's events keep busy.

Whoever reaches the broker may put there what he likes. Celery refuses most of it by itself; some
(no JSON at all in a Redis list, a header that is missing) ends its worker, and with it all runs
that the worker performs. Here such a message is dropped with a line in the log; where the
transport itself stumbled, the connection is made anew.

A doorbell for a job that this worker's code does not have is no error: the run waits in the ledger
for a worker that knows it. Celery would tell the result backend and Flower that it has failed.

The three events of each run gather for a moment: to publish each by itself took the worker a third
of its time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from celery.utils.imports import symbol_by_name

from samovar.engine import doorbell

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.1
GATHERED = 1000
"""So many events are sent at once."""
FORGOTTEN_SECONDS = 1.0
"""A plan so old was forgotten with the connection before."""


def enduring(consumer_cls: Any) -> Any:
    """Return a consumer like `consumer_cls` (a class, or its dotted path) that endures."""
    own: Any = symbol_by_name(consumer_cls)

    class EnduringConsumer(own):  # type: ignore[misc]  # a class known at run time
        """Drops the messages that nobody can read."""

        loop: Any
        _planned_at = float("-inf")

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.loop = _loop(self, self.loop)

        def on_send_event_buffered(self) -> None:
            """Let the events gather before the loop sends them; any thread may have sent one."""
            now, dispatcher = time.monotonic(), self.event_dispatcher
            if dispatcher is not None and now - self._planned_at > FORGOTTEN_SECONDS:
                self._planned_at = now
                dispatcher.buffer_limit = GATHERED
                # The timer is the loop's own: no other thread may set it.
                self.hub.call_soon(self.timer.call_after, GATHER_SECONDS, self._send_gathered)

        def _send_gathered(self) -> None:
            self._planned_at = float("-inf")
            self._flush_events()

        def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], None]:
            """Return the function that takes each message."""
            return _handler(self, super().create_task_handler(*args, **kwargs))

        def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
            """Leave a run to a worker that knows its job; refuse what is no run of ours."""
            if doorbell.OURS not in message.headers:
                super().on_unknown_task(body, message, exc)
                return
            name, run_id = message.headers.get("task"), message.headers.get("id")
            logger.info("%s[%s] waits for a worker that knows its job.", name, run_id)
            message.ack_log_error(logger, self.connection_errors)

    return EnduringConsumer


def _handler(consumer: Any, take: Callable[[Any], None]) -> Callable[[Any], None]:
    def take_or_drop(message: Any) -> None:
        try:
            take(message)
        except _errors_of_the_broker(consumer):
            raise
        except Exception:
            logger.exception("A message that nobody can read is dropped.")
            message.reject_log_error(logger, consumer.connection_errors)

    return take_or_drop


def _loop(consumer: Any, loop: Callable[..., None]) -> Callable[..., None]:
    def run(*args: Any) -> None:
        try:
            loop(*args)
        except _errors_of_the_broker(consumer):
            raise
        except Exception as error:
            logger.exception("The broker has sent what its transport cannot read.")
            raise ConnectionResetError("The connection is made anew.") from error

    return run


def _errors_of_the_broker(consumer: Any) -> tuple[type[Exception], ...]:
    """Return what Celery itself takes for the loss of the connection."""
    errors: tuple[type[Exception], ...] = consumer.connection_errors + consumer.channel_errors
    return errors
