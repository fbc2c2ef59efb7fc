"""pydantic's faults as sentences: one table, so that form, API and command say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy, ngettext_lazy

from samovar.jobs.shape import Kind, Shape
from samovar.jobs.text import item, one_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SENTENCES: dict[str, Any] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "int_type": gettext_lazy("Enter a whole number."),
    "int_from_float": gettext_lazy("Enter a whole number."),
    "float_type": gettext_lazy("Enter a number."),
    "decimal_type": gettext_lazy("Enter a number."),
    "decimal_parsing": gettext_lazy("Enter a number."),
    "finite_number": gettext_lazy("Enter a finite number."),
    "bool_type": gettext_lazy("Enter true or false."),
    "string_type": gettext_lazy("Enter text."),
    "string_unicode": gettext_lazy("This text has characters that cannot be kept."),
    "greater_than_equal": gettext_lazy("Must be at least %(ge)s."),
    "greater_than": gettext_lazy("Must be greater than %(gt)s."),
    "less_than_equal": gettext_lazy("Must be at most %(le)s."),
    "less_than": gettext_lazy("Must be less than %(lt)s."),
    "multiple_of": gettext_lazy("Must be a multiple of %(multiple_of)s."),
    "decimal_max_digits": ngettext_lazy(
        "Must have at most %(max_digits)s digit.",
        "Must have at most %(max_digits)s digits.",
        "max_digits",
    ),
    "decimal_max_places": ngettext_lazy(
        "Must have at most %(decimal_places)s decimal place.",
        "Must have at most %(decimal_places)s decimal places.",
        "decimal_places",
    ),
    "decimal_whole_digits": ngettext_lazy(
        "Must have at most %(whole_digits)s digit before the point.",
        "Must have at most %(whole_digits)s digits before the point.",
        "whole_digits",
    ),
    "string_too_short": ngettext_lazy(
        "Must have at least %(min_length)s character.",
        "Must have at least %(min_length)s characters.",
        "min_length",
    ),
    "string_too_long": ngettext_lazy(
        "Must have at most %(max_length)s character.",
        "Must have at most %(max_length)s characters.",
        "max_length",
    ),
    "string_pattern_mismatch": gettext_lazy("Must match the pattern %(pattern)s."),
    "too_short": ngettext_lazy(
        "Must have at least %(min_length)s item.",
        "Must have at least %(min_length)s items.",
        "min_length",
    ),
    "too_long": ngettext_lazy(
        "Must have at most %(max_length)s item.",
        "Must have at most %(max_length)s items.",
        "max_length",
    ),
    "list_type": gettext_lazy("Enter a list."),
    "set_type": gettext_lazy("Enter a list."),
    "frozen_set_type": gettext_lazy("Enter a list."),
    "tuple_type": gettext_lazy("Enter a list."),
    "dict_type": gettext_lazy("Enter an object with named values."),
    "model_type": gettext_lazy("Enter an object with named values."),
    "model_attributes_type": gettext_lazy("Enter an object with named values."),
    "dataclass_type": gettext_lazy("Enter an object with named values."),
    "uuid_parsing": gettext_lazy("Enter a UUID."),
    "uuid_type": gettext_lazy("Enter a UUID."),
    "timezone_aware": gettext_lazy("Give the time zone too, as in 2026-01-31T12:00+03:00."),
    "timezone_naive": gettext_lazy("Leave the time zone out."),
    "date_past": gettext_lazy("Must lie in the past."),
    "date_future": gettext_lazy("Must lie in the future."),
    "datetime_past": gettext_lazy("Must lie in the past."),
    "datetime_future": gettext_lazy("Must lie in the future."),
    "json_invalid": gettext_lazy("This cannot be kept as JSON."),
}

EXAMPLES = {
    Kind.DATE: gettext_lazy("Enter a date, such as 2026-01-31."),
    Kind.DATETIME: gettext_lazy("Enter a date and a time, such as 2026-01-31T12:00."),
    Kind.TIME: gettext_lazy("Enter a time, such as 12:00."),
    Kind.DURATION: gettext_lazy("Enter a duration, such as 1h 30m."),
}
"""What to say when a text is no date, time or duration at all."""

_PREFIXES = {
    "date_": Kind.DATE,
    "datetime_": Kind.DATETIME,
    "time_delta_": Kind.DURATION,
    "time_": Kind.TIME,
}


def sentences(error: ValidationError, shape: Shape) -> list[_StrOrPromise]:
    """Return a sentence for each fault, with the place inside the value before it.

    They are lazy, because jobs are declared before translations can be used.
    """
    faults = error.errors(include_url=False, include_input=False)
    return [_lazy_sentence(fault, shape) for fault in faults]


def not_a_choice(shape: Shape) -> _StrOrPromise:
    """Return the lazy sentence that lists the choices of `shape`."""
    return lazy(one_of, str)(shape)


def _placed_sentence(fault: ErrorDetails, shape: Shape) -> str:
    return _placed(fault["loc"], _sentence(fault, shape))


_lazy_sentence = lazy(_placed_sentence, str)


def _sentence(fault: ErrorDetails, shape: Shape) -> str:
    kind = fault["type"]
    context: dict[str, Any] = fault.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return one_of(shape) if shape.choices else f"{fault['msg']}."
    if kind in _SENTENCES:
        return str(_SENTENCES[kind] % context)
    for prefix, example in _PREFIXES.items():
        if kind.startswith(prefix):
            return str(EXAMPLES[example])
    if kind in {"value_error", "assertion_error"}:
        return str(context.get("error") or fault["msg"])
    return f"{fault['msg']}."


def _placed(loc: tuple[int | str, ...], sentence: str) -> str:
    """Put the place of a fault inside a list or an object before its sentence."""
    if not loc:
        return sentence
    if len(loc) == 1 and isinstance(loc[0], int):
        return item(loc[0] + 1, sentence)
    return f"{'.'.join(str(part) for part in loc)}: {sentence}"
