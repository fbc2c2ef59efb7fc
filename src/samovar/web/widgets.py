"""The widget of a parameter, by its shape, with the limits that a browser can watch over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from samovar import conf, receiving
from samovar.jobs.parameter import Parameter
from samovar.jobs.shape import Kind, Schema, Shape

FEW = 5
"""Up to so many choices all stand in sight."""
LONG = 200
"""A text that may have more characters than this gets several lines."""


class TypedInput(forms.TextInput):
    """A text input of another HTML type, whose value is the text as it is."""

    def __init__(self, input_type: str, attrs: dict[str, Any] | None = None) -> None:
        self.input_type = input_type
        super().__init__(attrs)


class TickBox(forms.CheckboxInput):
    """A checkbox that stays ticked when the form comes back, whatever word was sent for it."""

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> Any:
        """Return whether the box was ticked."""
        return str(data.get(name, "false")).lower() != "false"


def widget_of(parameter: Parameter) -> forms.Widget:
    """Return the widget in which a person gives the parameter."""
    shape = parameter.shape
    return _WIDGETS.get(shape.kind, _text)(parameter, shape)


def _text(_parameter: Parameter, shape: Shape) -> forms.Widget:
    longest = shape.limits.get("maxLength", 0)
    limits = {"maxlength": longest, "minlength": shape.limits.get("minLength")}
    attrs = {name: limit for name, limit in limits.items() if limit}
    return forms.Textarea({**attrs, "rows": 4}) if longest > LONG else forms.TextInput(attrs)


def _integer(_parameter: Parameter, shape: Shape) -> forms.Widget:
    limits = shape.limits
    low, high = limits.get("exclusiveMinimum"), limits.get("exclusiveMaximum")
    attrs = {
        "min": limits.get("minimum", None if low is None else low + 1),
        "max": limits.get("maximum", None if high is None else high - 1),
        "step": limits.get("multipleOf", 1),
    }
    return TypedInput("number", _given({**attrs, "inputmode": "numeric"}))


def _number(_parameter: Parameter, shape: Shape) -> forms.Widget:
    limits = shape.limits
    attrs = {
        "min": limits.get("minimum", limits.get("exclusiveMinimum")),
        "max": limits.get("maximum", limits.get("exclusiveMaximum")),
        "step": limits.get("multipleOf", "any"),
    }
    return TypedInput("number", _given(attrs))


def _boolean(_parameter: Parameter, shape: Shape) -> forms.Widget:
    if not shape.is_optional:
        return TickBox()
    return forms.Select(choices=[("", _("not given")), ("true", _("yes")), ("false", _("no"))])


def _choice(parameter: Parameter, shape: Shape) -> forms.Widget:
    choices = parameter.choices()
    is_short = len(choices) <= FEW
    if shape.is_optional:
        choices = [("", _("not given")), *choices]
    elif parameter.required and not is_short:
        choices = [("", "—"), *choices]
    return forms.RadioSelect(choices=choices) if is_short else forms.Select(choices=choices)


def _choices(parameter: Parameter, _shape: Shape) -> forms.Widget:
    return forms.CheckboxSelectMultiple(choices=parameter.choices())


def _list(_parameter: Parameter, _shape: Shape) -> forms.Widget:
    return forms.Textarea({"rows": 4, "placeholder": _("one on each line")})


def _json(_parameter: Parameter, _shape: Shape) -> forms.Widget:
    return forms.Textarea({"rows": 8, "class": "code", "spellcheck": "false"})


def _file(_parameter: Parameter, _shape: Shape) -> forms.Widget:
    limit = {"limit": conf.options().UPLOAD_MEGABYTES}
    words = _("This file is larger than {limit} MB. Choose a smaller one.").format(**limit)
    all_words = _("These files together are larger than {limit} MB. Choose smaller ones.")
    together = all_words.format(**limit)
    attrs = {"data-most": receiving.most(), "data-refusal": words, "data-together": together}
    return forms.FileInput(attrs)


def _typed(input_type: str, **attrs: Any) -> Callable[[Parameter, Shape], forms.Widget]:
    return lambda _parameter, _shape: TypedInput(input_type, attrs)


def _given(attrs: Schema) -> Schema:
    return {name: value for name, value in attrs.items() if value is not None}


_WIDGETS: dict[Kind, Callable[[Parameter, Shape], forms.Widget]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DECIMAL: _typed("text", inputmode="decimal"),
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.LIST: _list,
    Kind.DATE: _typed("date"),
    Kind.DATETIME: _typed("datetime-local", step="any"),
    Kind.TIME: _typed("time", step="any"),
    Kind.DURATION: _typed("text", placeholder="1h 30m"),
    Kind.JSON: _json,
    Kind.FILE: _file,
}
