"""Move a history: what one database holds is written into this one, as often as one likes.

Ids stay, so addresses do. What is here already is left as it is, so a move that was cut off is
simply begun again. Workers and leases stay where they are: nothing may run over there meanwhile.

# Note [People and schedules]
A user's key is a number of one database, and a schedule of the code is made in each. Both are
known by their names: whoever is missing here is written down, and what refers to them follows.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from samovar import clock, conf, transactions
from samovar.exceptions import SamovarError
from samovar.models import (
    HELD,
    Artifact,
    Attempt,
    BearerToken,
    Chunk,
    Group,
    IdempotencyKey,
    Queue,
    Run,
    Schedule,
    Tick,
    Upload,
    UploadUse,
    Worker,
)

BATCH = 200
"""Rows of one transaction: chunks of a log have up to 64 KiB each."""

Rows: TypeAlias = "Sequence[models.Model]"
Table: TypeAlias = "type[models.Model]"

TABLES: tuple[Table, ...] = (
    Queue,
    Group,
    Schedule,
    Run,
    Attempt,
    Chunk,
    Artifact,
    Upload,
    UploadUse,
    Tick,
    BearerToken,
    IdempotencyKey,
)
"""What is moved, what is referred to first."""


class MoveRefused(SamovarError):
    """The history cannot be moved as things stand; nothing of what is refused was written."""


@dataclass(slots=True)
class Move:
    """One move from the database that Django knows as `source`."""

    source: str
    _keys: dict[Table, dict[Any, Any]] = field(default_factory=dict)

    def perform(self) -> dict[str, int]:
        """Write all; return how many rows of each table are new. Raises MoveRefused."""
        self._refuse_what_lives()
        people = get_user_model()
        self._keys[people], _fresh = self._by_name(people, people.USERNAME_FIELD)
        return {str(table._meta.verbose_name_plural): self._copy(table) for table in TABLES}  # noqa: SLF001 - Django's own name for it

    def _refuse_what_lives(self) -> None:
        lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
        held = Run.objects.using(self.source).filter(state__in=HELD).count()
        workers = Worker.objects.using(self.source).filter(seen_at__gte=clock.now() - lease)
        if held or workers.exists():
            raise MoveRefused(
                _(
                    "Runs are performed there ({count}), or a worker lives there. Stop the site "
                    "and its workers, which hands their runs back, and move then."
                ).format(count=held)
            )

    def _copy(self, table: Table) -> int:
        """Copy a table in batches, then what its rows say of each other."""
        if table is Schedule:
            self._keys[Schedule], fresh = self._by_name(Schedule, "name")
            return fresh
        before = table._default_manager.count()  # noqa: SLF001 - Django's own name for it
        for rows in self._batches(table):
            with transactions.write():
                self._insert(table, rows)
        for rows in self._batches(table):
            self._relate(table, rows)
        return table._default_manager.count() - before  # noqa: SLF001 - likewise

    def _batches(self, table: Table) -> Iterator[Rows]:
        rows = table._default_manager.using(self.source).order_by("pk")  # noqa: SLF001 - likewise
        found = rows.iterator(chunk_size=BATCH)
        while batch := list(itertools.islice(found, BATCH)):
            yield batch

    def _insert(self, table: Table, rows: Rows) -> None:
        fresh = [self._translated(row) for row in rows if self._is_known(row)]
        table._default_manager.bulk_create(fresh, ignore_conflicts=True)  # noqa: SLF001 - likewise
        if table is Run:
            _refuse_what_was_left_out([row.pk for row in rows])

    def _translated(self, row: models.Model) -> models.Model:
        """Return the row as it is to stand here; what it says of its own kind comes later."""
        values = {}
        for column in row._meta.concrete_fields:  # noqa: SLF001 - Django's own name for it
            value = getattr(row, column.attname)
            target = column.related_model
            if isinstance(column, models.AutoField):
                continue
            if target is type(row):
                value = None
            elif target in self._keys:
                value = self._keys[target].get(value)
            values[column.attname] = value
        if isinstance(row, IdempotencyKey):
            values["caller"] = self._callers()[row.caller]
        return type(row)(**values)

    def _is_known(self, row: models.Model) -> bool:
        """Return whether somebody may refer to the row: the key of a user who is gone has none."""
        return not isinstance(row, IdempotencyKey) or row.caller in self._callers()

    def _callers(self) -> dict[str, str]:
        """Return who sends idempotency keys here, by who they are there; "" is a stranger."""
        people = self._keys[get_user_model()]
        return {"": ""} | {str(there): str(here) for there, here in people.items()}

    def _relate(self, table: Table, rows: Rows) -> None:
        """Write what rows say of others of their own kind."""
        own = [
            column.attname
            for column in table._meta.concrete_fields  # noqa: SLF001 - Django's own name for it
            if column.related_model is table
        ]
        related = [row for row in rows if any(getattr(row, name) for name in own)]
        with transactions.write():
            for row in related:
                values = {name: getattr(row, name) for name in own}
                table._default_manager.filter(pk=row.pk).update(**values)  # noqa: SLF001 - likewise

    def _by_name(self, table: Table, name: str) -> tuple[dict[Any, Any], int]:
        """Return the keys here of the rows there, and how many are new. See Note [People and
        schedules].
        """
        keys, fresh = {}, 0
        rows = table._default_manager  # noqa: SLF001 - Django's own name for it
        for there in rows.using(self.source).all():
            same = {name: getattr(there, name)}
            here = rows.filter(**same).values_list("pk", flat=True).first()
            if here is None:
                row = self._translated(there)
                with transactions.write():
                    row.save(force_insert=True)
                here, fresh = row.pk, fresh + 1
            keys[there.pk] = here
        return keys, fresh


def _refuse_what_was_left_out(ids: list[Any]) -> None:
    """Raise when a run could not be written: another with its unique key waits here."""
    here = set(Run.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if left_out := [key for key in ids if key not in here]:
        raise MoveRefused(
            _(
                "Run {id} cannot be moved: a run with the same unique key waits here. Cancel one "
                "of the two, and begin the move again."
            ).format(id=left_out[0])
        )
