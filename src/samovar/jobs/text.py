"""Between what a person types and JSON, by the shape of the field.

`from_text` reads strictly what a form or a command brings, and `to_text` writes what a form shows
again. Limits are not looked at here: they are the Signature's.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from samovar.jobs.shape import Kind, Shape

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
LONGEST_NUMBER = 4300
"""Digits: Python itself reads no longer ones."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DURATION = re.compile(
    r"(?=\S)(?:(\d{1,9})\s*d)?\s*(?:(\d{1,9})\s*h)?\s*(?:(\d{1,9})\s*m(?:in)?)?\s*(?:(\d{1,9}(?:\.\d+)?)\s*s)?",
    re.ASCII,
)


class BadText(ValueError):
    """The text is no value of its field; the message says what would be."""


def from_texts(shape: Shape, texts: list[str]) -> Any:
    """Return the JSON value of a field that was given `texts` (one, unless it holds many)."""
    if shape.item is not None:
        return _members(shape.item, texts) if texts or not shape.is_optional else None
    if len(texts) != 1:
        raise BadText(_("Give one value only.") if texts else _("This field is required."))
    return from_text(shape, texts[0])


def from_text(shape: Shape, text: str) -> Any:
    """Return the JSON value that `text` stands for. Raises BadText."""
    if shape.kind is Kind.TEXT:
        return None if shape.is_optional and not text else text
    text = text.strip()
    if not text and shape.kind is not Kind.FREE:
        if shape.is_optional:
            return None
        raise BadText(_("This field is required."))
    return _READERS[shape.kind](shape, text)


def to_text(shape: Shape, value: Any) -> str:
    """Return `value` (JSON, a single one) as `from_text` reads it."""
    if value is None and (shape.is_optional or shape.kind is not Kind.FREE):
        return ""
    if shape.kind is Kind.DATETIME:
        return _local(value)
    if shape.kind is Kind.FREE:
        return value if isinstance(value, str) and _free(shape, value) == value else _dumps(value)
    if shape.kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return value if isinstance(value, str) else _dumps(value)


def item(number: int, message: str) -> str:
    """Return `message` with the place of a list's member, counted from 1, before it."""
    return _("Item %(number)s: %(message)s") % {"number": number, "message": message}


def one_of(shape: Shape) -> str:
    """Return the sentence that lists the choices of `shape`."""
    names = ", ".join(to_text(shape, choice) for choice in shape.choices)
    return _("Choose one of: %(choices)s.") % {"choices": names}


def _members(shape: Shape, texts: list[str]) -> list[Any]:
    members = []
    for number, text in enumerate(texts, 1):
        try:
            members.append(from_text(shape, text))
        except BadText as error:
            raise BadText(item(number, str(error))) from None
    return members


def _integer(_shape: Shape, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise BadText(_("Enter a whole number."))
    if len(text) > LONGEST_NUMBER:
        raise BadText(_("This number is too large."))
    return int(text)


def _number(_shape: Shape, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadText(_("Enter a number."))
    return float(text)


def _decimal(_shape: Shape, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise BadText(_("Enter a number."))
    return text


def _boolean(_shape: Shape, text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadText(_("Enter true or false."))
    return word in _TRUE


def _choice(shape: Shape, text: str) -> Any:
    for choice in shape.choices:
        if to_text(shape, choice) == text:
            return choice
    raise BadText(one_of(shape))


def _iso(_shape: Shape, text: str) -> str:
    return text


def _duration(_shape: Shape, text: str) -> str:
    """Read "1h 30m"; pydantic reads "PT1H30M" and "01:30:00"."""
    match = _DURATION.fullmatch(text)
    if not match:
        return text
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return f"PT{days * 86400 + hours * 3600 + minutes * 60 + seconds:f}S"


def _json(_shape: Shape, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise BadText(
            _("This is not JSON: see line %(line)s, column %(column)s.") % where
        ) from None
    except (ValueError, RecursionError):
        raise BadText(_("This number is too large, or the data is nested too deeply.")) from None


def _file(_shape: Shape, _text: str) -> Any:
    raise BadText(_("Send a file here, as a part of multipart/form-data."))


def _free(_shape: Shape, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _local(value: str) -> str:
    """Return a stored instant as the picker of a browser takes it, in the current time zone."""
    at = dt.datetime.fromisoformat(value)
    if timezone.is_aware(at):
        at = timezone.make_naive(at)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")


_READERS = {
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.DATE: _iso,
    Kind.DATETIME: _iso,
    Kind.TIME: _iso,
    Kind.DURATION: _duration,
    Kind.JSON: _json,
    Kind.FILE: _file,
    Kind.FREE: _free,
}
