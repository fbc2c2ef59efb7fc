"""One parameter of a job, as its views see it."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from django.utils.translation import gettext_lazy as _
from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo

from samovar.exceptions import InvalidJob
from samovar.jobs import files, text, values
from samovar.jobs.shape import Kind, Schema, Shape, shape_of

if TYPE_CHECKING:
    from django.core.files.base import File

_UNSUPPORTED: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: (
        "*{name} has no names for its fields. Take a list instead: `{name}: list[str]`."
    ),
    inspect.Parameter.VAR_KEYWORD: (
        "**{name} has no known fields. Take an object instead: `{name}: dict[str, Any]`."
    ),
    inspect.Parameter.POSITIONAL_ONLY: (
        "{name!r} cannot be given by its name. Remove the `/` from the signature."
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A named value that a job takes.

    `default` is in its stored form, and means something only when the parameter is not `required`.
    `labels` are the words that an Enum has for its values.
    """

    name: str
    annotation: Any
    required: bool
    default: Any
    title: str
    description: str
    shape: Shape
    is_positional: bool
    labels: dict[Any, Any]
    adapter: TypeAdapter[Any]

    @classmethod
    def of(cls, parameter: inspect.Parameter, annotation: Any, description: str) -> Parameter:
        """Read one parameter of a function; `annotation` is resolved. Raises InvalidJob."""
        _refuse_unusable(parameter)
        name, is_bare = parameter.name, annotation is inspect.Parameter.empty
        adapter, shape = _described(name, Any if is_bare else annotation)
        if is_bare:
            shape = Shape(Kind.FREE)
        required = parameter.default is inspect.Parameter.empty
        extra = _field_info(annotation)
        return cls(
            name=name,
            annotation=Any if is_bare else annotation,
            required=required,
            default=None if required else _default(name, adapter, shape, parameter.default),
            title=extra.title or name.replace("_", " ").strip().capitalize(),
            description=extra.description or description,
            shape=shape,
            is_positional=parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD,
            labels=dict(_labels(annotation)),
            adapter=adapter,
        )

    def store(self, value: Any) -> Any:
        """Return a Python or JSON value as the ledger keeps it. Raises Unfit."""
        if self.is_file:
            return self._refer(value)
        return values.store(self.adapter, self.shape, value)

    def load(self, stored: Any) -> Any:
        """Return what the job's body is called with; a file is open. Raises Unfit."""
        if self.is_file:
            return self._open(stored)
        return values.load(self.adapter, self.shape, stored)

    def read(self, texts: list[str] | File[bytes]) -> Any:
        """Return what a person typed, or the file that was sent, as the ledger keeps it. Raises
        Unfit.
        """
        if not isinstance(texts, list):
            return self._refer(texts) if self.is_file else self._no_file()
        try:
            return self.store(text.from_texts(self.shape, texts))
        except text.BadText as error:
            raise values.Unfit(str(error)) from None

    @property
    def is_file(self) -> bool:
        """Whether a person gives a file here."""
        return self.shape.kind is Kind.FILE

    def _refer(self, value: Any) -> Any:
        if value is None and self.shape.is_optional:
            return None
        try:
            return files.refer(value)
        except files.BadFile as bad:
            raise values.Unfit(*bad.args) from None

    def _open(self, stored: Any) -> Any:
        if stored is None and self.shape.is_optional:
            return None
        try:
            return files.open_stored(stored)
        except files.BadFile as bad:
            raise values.Unfit(*bad.args) from None

    def _no_file(self) -> Any:
        raise values.Unfit(_("Enter a value here; this field takes no file."))

    def choices(self) -> list[tuple[str, Any]]:
        """Return (text, label) for each choice."""
        shape = self.shape.item or self.shape
        pairs = [(choice, text.to_text(shape, choice)) for choice in shape.choices]
        return [(written, self.labels.get(choice, written)) for choice, written in pairs]

    def schema(self, described: Schema) -> Schema:
        """Return the property of the job's JSON schema; `described` is the bare one."""
        words = {"title": self.title, "description": self.description}
        default = {} if self.required else {"default": self.default}
        return described | {key: word for key, word in words.items() if word} | default


def _refuse_unusable(parameter: inspect.Parameter) -> None:
    name = parameter.name
    if complaint := _UNSUPPORTED.get(parameter.kind):
        raise InvalidJob(complaint.format(name=name))
    if name.startswith("_"):
        raise InvalidJob(
            f"Parameter {name!r}: names that begin with _ are the form's own. Choose another name."
        )
    if isinstance(parameter.default, FieldInfo):
        raise InvalidJob(
            f"Parameter {name!r}: write `{name}: Annotated[TYPE, Field(…)] = DEFAULT`; "
            "`= Field(…)` would reach the body as it is when the function is called directly."
        )


def _described(name: str, annotation: Any) -> tuple[TypeAdapter[Any], Shape]:
    """Return the adapter and the shape of an annotation, or say why it cannot be a field."""
    try:
        may_be_missing = files.is_optional(annotation)
    except InvalidJob as error:
        raise InvalidJob(f"Parameter {name!r}: {error}") from None
    if may_be_missing is not None:
        adapter = files.OPTIONAL_ADAPTER if may_be_missing else files.ADAPTER
        return adapter, Shape(Kind.FILE, may_be_missing)
    try:
        adapter = values.adapter_of(annotation)
        schema = adapter.json_schema(schema_generator=values.SchemaWriter)
    except (PydanticUserError, PydanticInvalidForJsonSchema) as error:
        raise InvalidJob(
            f"Parameter {name!r}: {_spell(annotation)} cannot be written as JSON. Take plain data "
            f"instead: an id, a str, a dataclass, a dict. ({str(error).splitlines()[0]})"
        ) from error
    if "'writeOnly': True" in str(schema):
        raise InvalidJob(
            f"Parameter {name!r}: a secret would be kept in the ledger. Read it from the settings "
            "inside the job."
        )
    return adapter, shape_of(schema)


def _default(name: str, adapter: TypeAdapter[Any], shape: Shape, default: Any) -> Any:
    try:
        return values.store(adapter, shape, default)
    except values.Unfit:
        remedy = (
            f"Write `{name}: … | None = None`."
            if default is None
            else "Change the default or the annotation."
        )
        raise InvalidJob(
            f"Parameter {name!r}: the default {default!r} does not fit the annotation. {remedy}"
        ) from None


def _field_info(annotation: Any) -> FieldInfo:
    """Return the `Field(…)` of an Annotated, for its title and description."""
    return next(
        (part for part in get_args(annotation) if isinstance(part, FieldInfo)), FieldInfo()
    )


def _labels(annotation: Any) -> Iterator[tuple[Any, Any]]:
    """Yield value and word of the members of an Enum that has labels, as Django's Choices do."""
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, enum.Enum):
            for member in part:
                if label := getattr(member, "label", None):
                    yield member.value, label


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and everything inside its brackets."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _spell(annotation: Any) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)
