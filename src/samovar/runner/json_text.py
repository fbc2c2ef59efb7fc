"""A job's result as JSON text, strictly: what JSON or a database would lose or change is refused
with its place.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from samovar.jobs.strict_json import HasNul, strict_json

LONGEST_RESULT = 16 * 1024 * 1024
"""Bytes; the ledger is no place for files."""


class NotJSON(Exception):
    """The result cannot be kept; the message says why and what to do."""


def json_text(value: Any) -> str:
    """Return `value` as JSON text. Raises NotJSON."""
    try:
        text = strict_json(value)
    except HasNul as error:
        words = _("The result has a text with the character NUL, which databases refuse.")
        raise NotJSON(words) from error
    except Exception as error:
        # Whatever a class of the job's own raises while it is written counts as well.
        raise NotJSON(_reason(value, error)) from error
    if len(text.encode()) > LONGEST_RESULT:
        raise NotJSON(
            _("The result is larger than %(limit)d MiB. Write it to a file and return its name.")
            % {"limit": LONGEST_RESULT >> 20}
        )
    return text


def _reason(value: Any, error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return _(
            "The result has a text with half a character (a lone surrogate), which is no UTF-8."
        )
    if isinstance(error, RecursionError) or str(error).startswith("Circular"):
        return _("The result contains itself, or is nested too deeply for JSON.")
    try:
        found = _culprit(value, "result")
    except RecursionError:
        found = None
    if found is None:
        return _("The result cannot be written as JSON: %(error)s") % {"error": error}
    place, culprit = found
    if isinstance(culprit, float):
        return _(
            "%(place)s is %(value)s, which JSON does not have. Return None or a text instead."
        ) % {
            "place": place,
            "value": culprit,
        }
    return _(
        "%(place)s is of type %(type)s, which JSON does not have. "
        "Return texts, numbers, True, False, None, lists and dicts of them."
    ) % {"place": place, "type": type(culprit).__qualname__}


def _culprit(value: Any, place: str) -> tuple[str, Any] | None:
    """Return the first part that JSON does not have, with its place as Python writes it."""
    if isinstance(value, dict):
        if wrong := [key for key in value if not isinstance(key, str | int | float | None)]:
            return _("A key of %(place)s") % {"place": place}, wrong[0]
        parts = [(f"{place}[{key!r}]", part) for key, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{place}[{n}]", part) for n, part in enumerate(value)]
    elif isinstance(value, float):
        return None if float("-inf") < value < float("inf") else (place, value)
    else:
        return None if isinstance(value, str | int | None) else (place, value)
    found = (_culprit(part, name) for name, part in parts)
    return next((culprit for culprit in found if culprit is not None), None)
