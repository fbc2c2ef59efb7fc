"""Celery's call options in our words: what `apply_async` may be told, and what it must refuse."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.utils.time import maybe_iso8601, maybe_make_aware

from samovar import clock
from samovar.exceptions import UnsupportedOption

QUEUE_PREFIX = "samovar."
"""The broker's queue of the line `default` is `samovar.default`: a project's plain tasks keep
their own.
"""

_HARMLESS = frozenset(
    [
        "retry",
        "retry_policy",
        "serializer",
        "compression",
        "producer",
        "connection",
        "publisher",
        "delivery_mode",
        "ignore_result",
        "add_to_parent",
        "root_id",
        "parent_id",
        "headers",
        "shadow",
        "stamped_headers",
        "reply_to",
        "router",
        "route_name",
        "origin",
        "replaced_task_nesting",
        "group_index",
    ]
)
"""They say how a message travels or is named, and a run does not travel in its message."""

_REMEDIES = {
    "time_limit": "Declare it: @job(timeout=…).",
    "soft_time_limit": "Declare it: @job(soft_timeout=…).",
    "exchange": "Give `queue`.",
    "routing_key": "Give `queue`.",
}


def translate(app: Celery, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `submit` for Celery's `options`.

    Raises UnsupportedOption, which names the option, for one that would be ignored.
    """
    given = {name: value for name, value in options.items() if value is not None}
    _refuse_unknown(given)
    return {
        "id": _id(given.get("task_id")),
        "queue": _queue(given.get("queue")),
        "priority": _priority(given.get("priority")),
        "available_at": _available_at(app, given),
        "expires_at": _instant(app, "expires", given["expires"]) if "expires" in given else None,
    }


_HONOURED = frozenset({"task_id", "queue", "priority", "countdown", "eta", "expires"})
_OF_A_CANVAS = frozenset({"chain", "chord", "group_id", "link", "link_error"})
"""canvas.py sees to them."""


def _refuse_unknown(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        is_empty = value in ([], (), {}, "", False)
        if name in _HONOURED | _OF_A_CANVAS | _HARMLESS or is_empty:
            continue
        remedy = _REMEDIES.get(name, "Leave it out.")
        raise UnsupportedOption(
            f"Samovar cannot honour the Celery option {name!r}; nothing was submitted. {remedy}"
        )


def _id(value: Any) -> uuid.UUID | None:
    try:
        return None if value is None else uuid.UUID(str(value))
    except ValueError:
        raise UnsupportedOption(
            f"The Celery option 'task_id' must be a UUID, not {value!r}."
        ) from None


def _queue(value: Any) -> str | None:
    return None if value is None else str(getattr(value, "name", value)).removeprefix(QUEUE_PREFIX)


def _priority(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    raise UnsupportedOption(f"The Celery option 'priority' must be a whole number, not {value!r}.")


def _available_at(app: Celery, given: Mapping[str, Any]) -> dt.datetime | None:
    name = "eta" if "eta" in given else "countdown"
    return _instant(app, name, given[name]) if given.get(name) else None


def _instant(app: Celery, name: str, value: Any) -> dt.datetime:
    """Return the instant that Celery means by seconds from now, a datetime, or its text."""
    try:
        if isinstance(value, int | float):
            return clock.now() + dt.timedelta(seconds=value)
        read: Any = maybe_iso8601(value)
        return maybe_make_aware(read, app.timezone).astimezone(dt.UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise UnsupportedOption(f"The Celery option {name!r} cannot be read: {value!r}.") from None
