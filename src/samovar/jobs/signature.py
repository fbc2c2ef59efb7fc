"""A job's signature: read once, and all that form, API and command know of the function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import TypeAdapter

from samovar.exceptions import InvalidJob, InvalidParams
from samovar.jobs import docstrings
from samovar.jobs.parameter import Parameter
from samovar.jobs.shape import Schema
from samovar.jobs.values import SchemaWriter, Unfit

if TYPE_CHECKING:
    from django.core.files.base import File

Errors = list[tuple[str, str]]


class Signature:
    """The parameters of a job, and the ways in and out of them.

    What a person or program sends becomes *params*: a dict that JSON can hold, with every
    parameter in it, defaults included. The same values sent in any way become equal params.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self._by_name = {parameter.name: parameter for parameter in parameters}

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Read the signature of `function`. Raises InvalidJob with the remedy."""
        hints = _hints(function)
        words = docstrings.read(function.__doc__).parameters
        return cls(
            [
                Parameter.of(
                    parameter, hints.get(name, inspect.Parameter.empty), words.get(name, "")
                )
                for name, parameter in inspect.signature(function).parameters.items()
            ]
        )

    def __getitem__(self, name: str) -> Parameter:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a Python call by name, as they are; `validate` sees to the rest.

        Raises InvalidParams for too many arguments, and for one that was given twice.
        """
        names = [parameter.name for parameter in self.parameters if parameter.is_positional]
        if len(args) > len(names):
            text = ngettext(
                "Takes %(count)s value by its place, not %(given)s.",
                "Takes %(count)s values by their place, not %(given)s.",
                len(names),
            )
            raise InvalidParams([("", text % {"count": len(names), "given": len(args)})])
        placed = dict(zip(names, args, strict=False))
        if doubled := [name for name in placed if name in kwargs]:
            raise InvalidParams([(name, _("Give one value only.")) for name in doubled])
        return placed | dict(kwargs)

    def validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the params for values from Python or JSON. Raises InvalidParams."""
        return self._params(given, Parameter.store)

    def validate_without(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the params but for the one called `name`, which comes later. Raises
        InvalidParams.
        """
        taken, errors = self._each(given, Parameter.store)
        _refuse([error for error in errors if error[0] != name])
        return {
            parameter.name: taken.get(parameter.name, parameter.default)
            for parameter in self.parameters
            if parameter.name != name
        }

    def validate_text(
        self,
        given: Mapping[str, str | Sequence[str]],
        files: Mapping[str, File[bytes]] | None = None,
    ) -> dict[str, Any]:
        """Return the params for what a person typed, one text or several a field, and for the
        open `files` that came with it.

        Raises InvalidParams with every fault.
        """
        texts = {
            name: [text] if isinstance(text, str) else list(text) for name, text in given.items()
        }
        return self._params(texts | dict(files or {}), Parameter.read)

    def load(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keyword arguments of the body: dates, Decimals, Enums, dataclasses again.

        Raises InvalidParams when the params do not fit the function any more, because it was
        changed since.
        """
        loaded, errors = self._each(params, Parameter.load)
        for parameter in self.parameters:
            if parameter.name not in params and not parameter.required:
                loaded[parameter.name] = parameter.load(parameter.default)
        _refuse(errors)
        return loaded

    @functools.cached_property
    def files(self) -> tuple[str, ...]:
        """The names of the parameters that are files."""
        return tuple(each.name for each in self.parameters if each.is_file)

    @property
    def needs_file(self) -> bool:
        """Whether no run can be without a file."""
        return any(self[name].required for name in self.files)

    def json_schema(self) -> Schema:
        """Return the JSON schema (2020-12) of the params that `validate` takes."""
        return dict(self._json_schema)

    @functools.cached_property
    def _json_schema(self) -> Schema:
        mode: Literal["validation"] = "validation"
        inputs = [(parameter.name, mode, parameter.adapter) for parameter in self.parameters]
        described, shared = TypeAdapter.json_schemas(inputs, schema_generator=SchemaWriter)
        properties = {
            parameter.name: parameter.schema(described[parameter.name, mode])
            for parameter in self.parameters
        }
        required = [parameter.name for parameter in self.parameters if parameter.required]
        defs = {"$defs": shared["$defs"]} if "$defs" in shared else {}
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
            **defs,
        }

    def _params(
        self, given: Mapping[str, Any], take: Callable[[Parameter, Any], Any]
    ) -> dict[str, Any]:
        taken, errors = self._each(given, take)
        _refuse(errors)
        return {
            parameter.name: taken.get(parameter.name, parameter.default)
            for parameter in self.parameters
        }

    def _each(
        self, given: Mapping[str, Any], take: Callable[[Parameter, Any], Any]
    ) -> tuple[dict[str, Any], Errors]:
        """Return what was taken, and the faults in the signature's order, unknown names last."""
        taken: dict[str, Any] = {}
        errors: Errors = []
        for parameter in self.parameters:
            if parameter.name in given:
                try:
                    taken[parameter.name] = take(parameter, given[parameter.name])
                except Unfit as unfit:
                    errors += dict.fromkeys(
                        (parameter.name, str(message)) for message in unfit.messages
                    )
            elif parameter.required:
                errors.append((parameter.name, _("This field is required.")))
        return taken, errors + list(self._unknown(given))

    def _unknown(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in given:
            if name not in self._by_name:
                yield str(name), _("This job has no such parameter.")


def _refuse(errors: Errors) -> None:
    if errors:
        raise InvalidParams(errors)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidJob(
            f"An annotation cannot be resolved: {error}. Import the name at the top of the "
            "module, outside `if TYPE_CHECKING`."
        ) from error
    except (TypeError, SyntaxError) as error:
        raise InvalidJob(f"An annotation is no type: {error}.") from error
