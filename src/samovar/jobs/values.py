"""One parameter's values: Python or JSON in, what the ledger stores out, and back again.

# Note [One strictness]
Every value is written as JSON first and then validated strictly as JSON. So 5.0, "5" and true are
refused for an `int` whoever sends them, while a date, a Decimal, a set or a dataclass may come as
itself or in its JSON form.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import from_json, to_json
from pydantic_core.core_schema import DatetimeSchema, DecimalSchema

from samovar.jobs import messages
from samovar.jobs.shape import Kind, Shape

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_CONFIG = ConfigDict(allow_inf_nan=False, regex_engine="python-re")
_NUL = b"\\u0000"
_MOST_BITS = 14_000
"""Of an integer: about 4,200 digits; JSON parsers stop at 4,300."""


class Unfit(ValueError):
    """A value does not fit its parameter; `messages` has a (lazy) sentence for each fault."""

    def __init__(self, *messages: _StrOrPromise) -> None:
        self.messages = messages
        super().__init__(*messages)


class SchemaWriter(GenerateJsonSchema):
    """Write schemas that tell a Decimal from other texts, and an instant from a local time."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        """Give the text form of a Decimal its format."""
        written = super().decimal_schema(schema)
        for branch in written.get("anyOf", ()):
            if branch.get("type") == "string":
                branch["format"] = "decimal"
        return written

    def datetime_schema(self, schema: DatetimeSchema) -> JsonSchemaValue:
        """Give a time without a zone the format that OpenAPI's registry has for it."""
        written = super().datetime_schema(schema)
        if schema.get("tz_constraint") == "naive":
            written["format"] = "date-time-local"
        return written


def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """Return the adapter of an annotation. Raises PydanticUserError when there can be none."""
    try:
        return TypeAdapter(annotation, config=_CONFIG)
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
        return TypeAdapter(annotation)


def store(adapter: TypeAdapter[Any], shape: Shape, value: Any) -> Any:
    """Return `value` as the ledger keeps it. Raises Unfit. See Note [One strictness]."""
    data = _written(value)
    given = from_json(data) if shape.choices or _is_instant(shape) else None
    if _is_instant(shape):
        data = to_json(_instants(given))
    stored = adapter.dump_python(_validated(adapter, shape, data), mode="json", by_alias=True)
    if shape.kind is Kind.CHOICE and type(stored) is not type(given):
        raise Unfit(messages.not_a_choice(shape))
    if _NUL in data and _has_nul(stored):
        raise Unfit(_("The character NUL cannot be kept."))
    return _in_order(shape, stored)


def _written(value: Any) -> bytes:
    """Return `value` as JSON."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise Unfit(_("This number is too large."))
    try:
        return to_json(value)
    except (ValueError, RecursionError):
        raise Unfit(_("This cannot be kept as JSON.")) from None


def load(adapter: TypeAdapter[Any], shape: Shape, stored: Any) -> Any:
    """Return what the body is called with. Raises Unfit when the signature has changed since."""
    return _validated(adapter, shape, to_json(stored))


def _validated(adapter: TypeAdapter[Any], shape: Shape, data: bytes) -> Any:
    try:
        value = adapter.validate_json(data, strict=True)
    except ValidationError as error:
        raise Unfit(*messages.sentences(error, shape)) from None
    if (b"NaN" in data or b"Infinity" in data) and not _is_finite(data):
        raise Unfit(_("Enter a finite number."))
    return value


def _is_finite(data: bytes) -> bool:
    """Return whether `data` is JSON indeed, which has neither NaN nor an infinity."""
    try:
        from_json(data, allow_inf_nan=False)
    except ValueError:
        return False
    return True


def _is_instant(shape: Shape) -> bool:
    """Return whether the value is a datetime with a zone, or a list of such."""
    inner = shape.item or shape
    return inner.kind is Kind.DATETIME and inner.limits.get("format") == "date-time"


def _instants(value: Any) -> Any:
    """Return each text in UTC; one without a zone is taken in the current time zone."""
    if isinstance(value, list):
        return [_instants(member) for member in value]
    if not isinstance(value, str):
        return value
    try:
        at = dt.datetime.fromisoformat(value)
        if timezone.is_naive(at) and settings.USE_TZ:
            at = timezone.make_aware(at)
        return (at.astimezone(dt.UTC) if timezone.is_aware(at) else at).isoformat()
    except (ValueError, OverflowError):
        raise Unfit(messages.EXAMPLES[Kind.DATETIME]) from None


def _in_order(shape: Shape, stored: Any) -> Any:
    """Return a set's members in one order, so that equal params are stored alike."""
    if shape.is_unique and isinstance(stored, list):
        return sorted(stored, key=lambda member: json.dumps(member, sort_keys=True))
    return stored


def _has_nul(stored: Any) -> bool:
    if isinstance(stored, dict):
        return any(_has_nul(part) for pair in stored.items() for part in pair)
    if isinstance(stored, list):
        return any(_has_nul(part) for part in stored)
    return isinstance(stored, str) and "\0" in stored
