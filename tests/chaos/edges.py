"""Every edge of every run, and every tick of a schedule, written down by the database itself.

Triggers on the table of runs note each change of a state in the transaction that makes it, whoever
makes it. What is legal stands in docs/states.md.
"""

from __future__ import annotations

import functools
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

DRAWING = Path(__file__).parents[2] / "docs" / "states.md"

_SQLITE = (
    """
    CREATE TABLE chaos_edge (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL, run TEXT,
        source TEXT, target TEXT, attempt INTEGER)
    """,
    """
    CREATE TRIGGER chaos_submitted AFTER INSERT ON samovar_run BEGIN
        INSERT INTO chaos_edge (at, run, source, target, attempt)
        VALUES ((julianday('now') - 2440587.5) * 86400, NEW.id, '', NEW.state, NEW.attempt);
    END
    """,
    "CREATE TABLE chaos_tick (at TEXT, schedule TEXT, run TEXT)",
    """
    CREATE TRIGGER chaos_ticked AFTER INSERT ON samovar_tick WHEN NEW.run_id IS NOT NULL BEGIN
        INSERT INTO chaos_tick VALUES (NEW.at, NEW.schedule_id, NEW.run_id);
    END
    """,
    """
    CREATE TRIGGER chaos_moved AFTER UPDATE OF state ON samovar_run
    WHEN OLD.state <> NEW.state BEGIN
        INSERT INTO chaos_edge (at, run, source, target, attempt)
        VALUES ((julianday('now') - 2440587.5) * 86400, NEW.id, OLD.state, NEW.state, NEW.attempt);
    END
    """,
)
_POSTGRESQL = (
    """
    CREATE TABLE chaos_edge (
        seq bigserial PRIMARY KEY, at double precision, run text,
        source text, target text, attempt integer)
    """,
    """
    CREATE FUNCTION chaos_note() RETURNS trigger AS $$
    BEGIN
        INSERT INTO chaos_edge (at, run, source, target, attempt)
        VALUES (extract(epoch from clock_timestamp()), NEW.id,
                CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END, NEW.state, NEW.attempt);
        RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    "CREATE TABLE chaos_tick (at text, schedule text, run text)",
    """
    CREATE FUNCTION chaos_note_tick() RETURNS trigger AS $$
    BEGIN
        INSERT INTO chaos_tick VALUES (NEW.at, NEW.schedule_id, NEW.run_id);
        RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    (
        "CREATE TRIGGER chaos_ticked AFTER INSERT ON samovar_tick "
        "FOR EACH ROW WHEN (NEW.run_id IS NOT NULL) EXECUTE FUNCTION chaos_note_tick()"
    ),
    (
        "CREATE TRIGGER chaos_submitted AFTER INSERT ON samovar_run "
        "FOR EACH ROW EXECUTE FUNCTION chaos_note()"
    ),
    (
        "CREATE TRIGGER chaos_moved AFTER UPDATE OF state ON samovar_run "
        "FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION chaos_note()"
    ),
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One change of a run's state; `source` is empty for the submit."""

    at: float
    run: str
    source: str
    target: str
    attempt: int


def install() -> None:
    """Let the database note every edge from now on."""
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def noted() -> list[Edge]:
    """Return all edges in their order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, run, source, target, attempt FROM chaos_edge ORDER BY seq")
        return [Edge(at, str(uuid.UUID(run)), *rest) for at, run, *rest in cursor.fetchall()]


def ticks(schedule: uuid.UUID) -> list[tuple[str, str]]:
    """Return the instant and the run of each tick of a schedule that started one; the site itself
    keeps only the last of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, schedule, run FROM chaos_tick")
        return [
            (at, str(uuid.UUID(run)))
            for at, of, run in cursor.fetchall()
            if uuid.UUID(of) == schedule
        ]


@functools.cache
def legal() -> set[tuple[str, str]]:
    """Return the edges of the drawing; the submit's come from "" and ends have none."""
    drawn = re.findall(r"^ *(\S+) --> (\w+):", DRAWING.read_text(encoding="utf-8"), re.MULTILINE)
    return {("" if source == "[*]" else source, target) for source, target in drawn}
