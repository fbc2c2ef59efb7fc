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
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import Error, IntegrityError, connections

from samovar.engine import doorbell

if TYPE_CHECKING:
    from samovar.engine.celery.task import JobTask

logger = logging.getLogger(__name__)

Handler = Callable[..., None]

AWAY_SECONDS = 2.0
"""How long a message waits for a ledger that is away before it is offered again."""


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
            self._consumer.pool.apply_async(self._accept, (message, body, ack, reject))
            return
        shift = getattr(self._consumer.controller, "shift", None)
        run_id = _run_id(message)
        if run_id is None or shift is None:
            complaint = "names no run" if run_id is None else "came to a worker without runners"
            logger.error("A message of %s %s; it is dropped.", self._task.name, complaint)
        elif not shift.ring(run_id) and shift.hold(message, ack, reject):
            return
        ack(logger, self._consumer.connection_errors)

    def _accept(self, message: Any, body: Any, ack: Any, reject: Any) -> None:
        """Submit what was sent by the task's name (`app.send_task`), under the id that its sender
        knows. What cannot become a run is refused, and its sender's result says why.
        """
        try:
            self._submit(message, body)
        except IntegrityError:
            logger.info("The message of %s[%s] came twice.", self._task.name, _id(message))
        except Error:
            logger.exception("The ledger is away; the message is offered again.")
            time.sleep(AWAY_SECONDS)
            reject(logger, self._consumer.connection_errors, requeue=True)
            return
        except Exception as error:  # noqa: BLE001 - anybody may have sent anything
            self._refuse(message, error)
        finally:
            connections.close_all()
        ack(logger, self._consumer.connection_errors)

    def _submit(self, message: Any, body: Any) -> None:
        args, kwargs, embed = message.payload if body is None else body
        embed = embed or {}
        headers = message.headers
        self._task.apply_async(
            args,
            kwargs,
            task_id=headers["id"],
            eta=headers.get("eta"),
            expires=headers.get("expires"),
            link=embed.get("callbacks"),
            link_error=embed.get("errbacks"),
            chain=embed.get("chain"),
            chord=embed.get("chord"),
            group_id=headers.get("group"),
        )

    def _refuse(self, message: Any, error: Exception) -> None:
        logger.error("The message of %s[%s] is refused: %s", self._task.name, _id(message), error)
        try:
            self._task.backend.mark_as_failure(_id(message), error)
        except Exception:
            logger.exception("Its sender cannot be told.")


def _id(message: Any) -> str:
    return str(message.headers.get("id"))


def _run_id(message: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(_id(message))
    except ValueError:
        return None
