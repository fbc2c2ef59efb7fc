"""Columns that Django has no field for."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import uuid_utils.compat
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    JSONField = models.JSONField[Any, Any]
    UUIDField = models.UUIDField[uuid.UUID | str, uuid.UUID]
else:
    JSONField = models.JSONField
    UUIDField = models.UUIDField


def uuid7() -> uuid.UUID:
    """Return a new UUID of version 7 (RFC 9562): ids of later runs sort later."""
    return uuid_utils.compat.uuid7()


class IdField(UUIDField):
    """A UUID that stands in every database as people see it, with its dashes.

    Django writes 32 bare digits where a database has no UUID type; a person who reads the table by
    SQL would look for an id in vain.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return `uuid` where the database has it, else 36 characters."""
        return "uuid" if connection.features.has_native_uuid_field else "char(36)"

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:
        """Return the id as the database keeps it."""
        value = value if prepared else self.get_prep_value(value)
        value = self.to_python(value)
        if value is None or connection.features.has_native_uuid_field:
            return value
        return str(value)


class _Readable(json.JSONEncoder):
    """Writes letters as letters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"ensure_ascii": False}))


class ReadableJSONField(JSONField):
    r"""JSON that a person can read by SQL in every database: where it is kept as text, Django
    writes all letters but the Latin ones as `\uXXXX`. To migrations it is Django's own field.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"encoder": _Readable}))

    def deconstruct(self) -> Any:
        """Describe Django's own field: the column is the same."""
        name, _path, args, options = super().deconstruct()
        options.pop("encoder")
        return name, "django.db.models.JSONField", args, options
