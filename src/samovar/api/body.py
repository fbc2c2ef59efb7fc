"""Read the body of a request that starts a run: one JSON object, the job's params."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn

from django.utils.translation import gettext as _

from samovar.api.problems import Problem
from samovar.exceptions import InvalidParams

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.jobs.signature import Signature
    from samovar.types import JSON

LIMIT = 1024 * 1024
"""The most bytes of a body."""


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object as it was sent, and the names that it has more than once."""

    given: dict[str, Any]
    doubled: list[str]

    def params(self, signature: Signature) -> dict[str, JSON]:
        """Return the params as they are stored; raise InvalidParams when they do not fit."""
        words = _("This param stands in the body more than once.")
        faults = [(name, words) for name in self.doubled]
        try:
            stored = signature.validate(self.given)
        except InvalidParams as error:
            faults += [one for one in error.errors if one[0] not in self.doubled]
            raise InvalidParams(faults) from error
        if faults:
            raise InvalidParams(faults)
        return stored

    def fingerprint(self, job: str) -> str:
        """Return what two requests to start `job` share exactly when they ask for the same.

        It is made of what was sent, not of the stored params: those change with the defaults.
        """
        asked = json.dumps([job, self.given, self.doubled], sort_keys=True)
        return sha256(asked.encode()).hexdigest()


def read(request: HttpRequest) -> Body:
    """Return the body of `request`; raise Problem (400, 413, 415) when it cannot be read."""
    return Body(*_object(_text(request)))


def _text(request: HttpRequest) -> str:
    kind = request.content_type
    if kind != "application/json" and (kind or _announced(request)):
        raise Problem(415, _("Send the params as a JSON object, as application/json."))
    raw = b"" if _announced(request) > LIMIT else request.read(LIMIT + 1)
    if _announced(request) > LIMIT or len(raw) > LIMIT:
        raise Problem(413, _("The body is larger than 1 MiB."))
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Problem(400, _("The body is not UTF-8.")) from error


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _object(text: str) -> tuple[dict[str, Any], list[str]]:
    """Return the JSON object in `text`, and the names that one object in it has more than once."""
    doubled: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _value in pairs)
        doubled.extend(name for name, count in counts.items() if count > 1)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=collect, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, _("The body is not JSON: %(fault)s") % {"fault": error}) from error
    if not isinstance(value, dict):
        raise Problem(400, _("The body is not a JSON object."))
    return value, doubled


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(constant)
