"""What Samovar asks of a broker, unless the project's settings ask for something else.

# Note [A broker that hangs]
A broker may be gone, or it may be there and answer nothing (a frozen process, a half-open
connection). Redis and RabbitMQ clients wait for ever by default. With the timeouts here every call
ends, a worker finds out within seconds that nobody is at the other end, and goes on trying for as
long as it takes: the ledger keeps the runs meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from kombu.transport import TRANSPORT_ALIASES

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
BEAT_SECONDS = 10
"""How often a quiet connection is asked whether it still is one."""

_COMMON: dict[str, Any] = {
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": CONNECT_SECONDS,
    "broker_pool_acquire_timeout": CONNECT_SECONDS,
    "broker_heartbeat": BEAT_SECONDS,
}
_FAMILIES = {
    "redis": "redis",
    "rediss": "redis",
    "amqp": "amqp",
    "amqps": "amqp",
    "pyamqp": "amqp",
}


def defaults(url: str) -> dict[str, Any]:
    """Return Celery's settings for the broker at `url`. See Note [A broker that hangs]."""
    options = transport_options(_FAMILIES.get(url.partition("://")[0], ""), ANSWER_SECONDS)
    return _COMMON | ({"broker_transport_options": options} if options else {})


def transport_options(family: str, seconds: float) -> dict[str, Any]:
    """Return what lets each call end after `seconds`, in the words of kombu's transports of
    `family` (their `driver_type`).
    """
    if family == "redis":
        return {
            "socket_connect_timeout": min(seconds, CONNECT_SECONDS),
            "socket_timeout": seconds,
            "socket_keepalive": True,
            "health_check_interval": BEAT_SECONDS,
        }
    if family == "amqp":
        return {"read_timeout": seconds, "write_timeout": seconds, "confirm_publish": True}
    return {}


def unusable(urls: object) -> Iterator[str]:
    """Yield what is wrong with a broker's address, or with several of them; it is never repeated,
    for it may have a password.
    """
    listed = urls.split(";") if isinstance(urls, str) else list(urls)  # type: ignore[call-overload]
    for url in listed:
        scheme, mark, _rest = url.partition("://")
        if not mark:
            yield "has no scheme, as redis:// or amqp://"
        elif scheme.partition("+")[0] not in TRANSPORT_ALIASES and not {".", ":"} & set(scheme):
            yield f"begins with {scheme}://, which is no broker that Celery knows"
        elif not _has_port(url):
            yield "has a port that is no number; a / or @ of a password is written %2F or %40"


def _has_port(url: str) -> bool:
    """Return whether the port, if there is one, is a number."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True
