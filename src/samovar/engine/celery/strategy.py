"""What a worker does with a message: it is a doorbell, so ring the crew and forget it.

Nothing is logged and no signal is sent yet. Whether there is a run to perform is known after the
claim, and the run that a slot then takes may be another one (following.py tells Celery about it).

# Note [Back-pressure]
A message that finds no idle slot is held, not acknowledged, so that the broker's prefetch limit
leaves the next ones to other workers. Nothing is lost by dropping it: a slot that ends a run looks
into the ledger before it rests. So the held messages are acknowledged as soon as a slot rests, or
handed back after a while, for a worker that has one idle. The doorbell has no such limit; its
senders look for an idle worker themselves, and nothing is held.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connections

from samovar.engine import doorbell

if TYPE_CHECKING:
    from samovar.engine.celery.task import JobTask

logger = logging.getLogger(__name__)

Handler = Callable[..., None]


def strategy(task: JobTask, app: Any, consumer: Any, **_: Any) -> Handler:
    """Return the function that the consumer calls with each message of `task`."""
    return Receiver(task, app, consumer)


class Receiver:
    """Receives the messages of one job in one worker."""

    def __init__(self, task: JobTask, _app: Any, consumer: Any) -> None:
        self._task = task
        self._consumer = consumer

    def __call__(
        self, message: Any, body: Any, ack: Any, reject: Any, *_: Any, **_options: Any
    ) -> None:
        """Ring the crew for a run of the ledger; make a run of what somebody else sent."""
        if doorbell.OURS not in message.headers:
            self._consumer.pool.apply_async(self._accept, (message, body, ack))
            return
        shift = getattr(self._consumer.controller, "shift", None)
        if shift is None:
            logger.error(
                "This worker performs no runs, but got the id of one: %s.", message.headers["id"]
            )
        elif not shift.ring(uuid.UUID(message.headers["id"])) and shift.hold(message, ack, reject):
            return
        ack(logger, self._consumer.connection_errors)

    def _accept(self, message: Any, body: Any, ack: Any) -> None:
        """Submit what was sent by the task's name (`app.send_task`), under the id that its sender
        knows.
        """
        args, kwargs, _embed = message.payload if body is None else body
        headers = message.headers
        try:
            self._task.apply_async(
                args,
                kwargs,
                task_id=headers["id"],
                eta=headers.get("eta"),
                expires=headers.get("expires"),
            )
        except IntegrityError:
            logger.info("The message of %s[%s] came twice.", self._task.name, headers["id"])
        finally:
            connections.close_all()
        ack(logger, self._consumer.connection_errors)
