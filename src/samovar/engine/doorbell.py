"""The embedded broker `samovar://`: a kombu transport whose messages are datagrams, kept nowhere.

It carries what Celery wants to say between processes of one host: runs' ids (the ledger keeps the
runs, so a message may be lost), remote control (`celery inspect`) and events. A message to a queue
rings one listener; through an exchange it rings one of each queue that is bound.

# Note [Bindings]
Who is bound to an exchange is told by empty files, `bindings/<exchange>/<routing key>,<queue>`,
written when the queue is first listened to. A file whose queue nobody hears any more is removed by
the next sender, once it is old enough not to belong to a listener that is just starting.
"""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import unquote

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads

from samovar import conf
from samovar.engine.bells import Bell, file_name, is_heard, ring

SCHEME = "samovar"
URL = f"{SCHEME}://localhost"
OURS = "samovar"
"""The header of a message whose run the ledger keeps."""
STALE_SECONDS = 60.0

logger = logging.getLogger(__name__)
_hung: set[Bell] = set()


def register() -> None:
    """Make `samovar://` a broker URL that kombu knows."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def mark(*, is_busy: bool) -> None:
    """Tell senders whether this process has no slot free: they ring another worker first."""
    for bell in tuple(_hung):
        bell.mark(is_busy=is_busy)


class BellChannel(virtual.Channel):
    """A channel; one bell for each queue that it consumes."""

    supports_fanout = True
    do_restore = False

    def __init__(self, connection: Transport, **options: Any) -> None:
        super().__init__(connection, **options)
        self.bells: dict[str, Bell] = {}

    def basic_consume(self, queue: str, *args: Any, **options: Any) -> Any:
        """Begin to listen to `queue`."""
        tag = super().basic_consume(queue, *args, **options)
        self._listen(queue)
        for exchange, routing_key, _arguments in self.state.queue_bindings(queue):
            _binding(exchange, routing_key, queue).touch()
        return tag

    def basic_cancel(self, consumer_tag: str) -> None:
        """Listen no longer; what was rung and not read is gone."""
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        if queue in self.bells and queue not in self._active_queues:
            self._take_down(queue)

    def close(self) -> None:
        """Take all bells down."""
        super().close()
        for queue in list(self.bells):
            self._take_down(queue)

    def _listen(self, queue: str) -> None:
        if queue not in self.bells:
            self.bells[queue] = bell = Bell(_queue_folder(queue))
            _hung.add(bell)

    def _take_down(self, queue: str) -> None:
        bell = self.bells.pop(queue)
        _hung.discard(bell)
        bell.close()

    def get_table(self, exchange: str) -> list[Any]:
        """Return what is bound to `exchange`, by any process of this host."""
        return list(self._bound(exchange))

    def _bound(self, exchange: str) -> Iterator[Any]:
        for path in _bindings(exchange):
            routing_key, queue = map(unquote, path.name.split(","))
            if is_heard(_queue_folder(queue)):
                yield self.typeof(exchange).prepare_bind(queue, exchange, routing_key, None)
            elif _age(path) > STALE_SECONDS:
                path.unlink(missing_ok=True)

    def _new_queue(self, queue: str, *, auto_delete: bool = False, **_: Any) -> None:
        """Listen from now on to a queue that is ours alone: an answer to a question comes before
        the asker begins to consume. See Note [Bindings] for the others.
        """
        if auto_delete:
            self._listen(queue)

    def _queue_bind(self, exchange: str, routing_key: str, _pattern: Any, queue: str) -> None:
        if queue in self.bells:
            _binding(exchange, routing_key, queue).touch()

    def _delete(
        self, queue: str, exchange: str, routing_key: str, *_: Any, **_options: Any
    ) -> None:
        _binding(exchange, routing_key, queue).unlink(missing_ok=True)

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        heard = ring(_queue_folder(queue), dumps(message).encode())
        headers = message.get("headers") or {}
        if not heard and "task" in headers and OURS not in headers:
            logger.warning(
                "No worker took the message of task %s[%s]: it is lost. The embedded broker "
                "keeps runs of jobs only; set CELERY_BROKER_URL for other tasks.",
                headers["task"],
                headers.get("id"),
            )

    def _put_fanout(
        self, exchange: str, message: dict[str, Any], _routing_key: str, **_: Any
    ) -> None:
        for _key, _pattern, queue in self.get_table(exchange):
            self._put(queue, message)

    def _get(self, queue: str, _timeout: float | None = None) -> Any:
        bell = self.bells.get(queue)
        data = bell.read() if bell else None
        if data is None:
            raise Empty
        return loads(data)

    def _purge(self, queue: str) -> int:
        count = 0
        bell = self.bells.get(queue)
        while bell and bell.read() is not None:
            count += 1
        return count


class Transport(virtual.Transport):
    """The transport: waits for all bells of its channels at once, never by polling."""

    Channel = BellChannel
    driver_type = driver_name = SCHEME
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct", "topic", "fanout"])
    )

    def driver_version(self) -> str:
        """Return the version: the transport has none of its own."""
        return "1"

    def drain_events(
        self,
        connection: Any,  # noqa: ARG002 - kombu's signature
        timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Deliver what has been rung; wait for it up to `timeout` seconds, then raise
        TimeoutError.
        """
        bells = self._bells()
        poll = select.poll()
        for descriptor in bells:
            poll.register(descriptor, select.POLLIN)
        ready = poll.poll(None if timeout is None else timeout * 1000)
        if not ready:
            raise TimeoutError
        for descriptor, _event in ready:
            self._ready(*bells[descriptor][:2])

    def register_with_event_loop(self, _connection: Any, loop: Any) -> None:
        """Let Celery's event loop wait for the bells, which are looked up before each wait."""
        watched: dict[int, tuple[BellChannel, str, Bell]] = {}

        def tick() -> None:
            bells = self._bells()
            for descriptor in [known for known in watched if watched[known] != bells.get(known)]:
                del watched[descriptor]
                loop.remove_reader(descriptor)
            for descriptor in bells.keys() - watched.keys():
                watched[descriptor] = bells[descriptor]
                loop.add_reader(descriptor, self._ready, *bells[descriptor][:2])

        loop.on_tick.add(tick)

    def _bells(self) -> dict[int, tuple[BellChannel, str, Bell]]:
        """Return the bells to wait for: those of channels that may consume now."""
        return {
            bell.fileno(): (channel, queue, bell)
            for channel in self.channels or ()
            if isinstance(channel, BellChannel) and channel.qos.can_consume()
            for queue, bell in channel.bells.items()
            if queue in channel._active_queues  # noqa: SLF001 - kombu's own protocol
        }

    def _ready(self, channel: BellChannel, queue: str) -> None:
        try:
            message = channel._get(queue)  # noqa: SLF001 - kombu's own protocol
        except Empty:
            return
        except ValueError:
            logger.warning("The bell of queue %r was rung by somebody else: ignored.", queue)
            return
        self._deliver(message, queue)


def _queue_folder(queue: str) -> Path:
    return conf.options().bell / "queues" / file_name(queue)


def _bindings(exchange: str) -> list[Path]:
    try:
        return list((conf.options().bell / "bindings" / file_name(exchange)).iterdir())
    except FileNotFoundError:
        return []


def _binding(exchange: str, routing_key: str, queue: str) -> Path:
    folder = conf.options().bell / "bindings" / file_name(exchange)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{file_name(routing_key)},{file_name(queue)}"


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
