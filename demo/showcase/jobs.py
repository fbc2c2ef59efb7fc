"""Jobs that outlive their workers, jobs that come in crowds, and jobs that are given files."""

from __future__ import annotations

from random import randint
from time import sleep
from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from pydantic import Field

from samovar import artifact, current_run, job, progress, track
from showcase import archives, pictures, price_list, tables
from showcase.histogram import histogram
from showcase.pictures import Album

PICTURES = 12
"""Histograms of one table."""


@job(resumable=True)
def long_walk(
    steps: Annotated[int, Field(ge=1, le=100_000)] = 100,
    pause: Annotated[float, Field(ge=0, le=60)] = 0.5,
) -> dict[str, int]:
    """Walk step by step, and go on from there whatever happens.

    `track(…, resume=True)` keeps how many steps are done. Kill the worker with `kill -9`, pull the
    plug, or deploy a new version: the next attempt goes on behind the last step, and the page says
    from where. `resumable=True` lets a worker that stops hand the run back at once, instead of
    waiting for its end.

    Args:
        steps: How many steps to walk.
        pause: How many seconds a step takes.
    """
    for step in track(range(1, steps + 1), resume=True):
        sleep(pause)
        print(f"Step {step}")
    run = current_run()
    return {"steps": steps, "attempts": run.attempt if run else 1}


@job
def throw_dice(dice: Annotated[int, Field(ge=1, le=100)] = 2) -> int:
    """Throw some dice and add them up.

    Args:
        dice: How many dice to throw.
    """
    return sum(randint(1, 6) for _ in range(dice))


@job
def fan_out(runs: Annotated[int, Field(ge=1, le=10_000)] = 1000) -> dict[str, str]:
    """Throw dice in many small runs at once.

    `submit_many` writes a run for each set of arguments, all or none, and returns their group: one
    page with one progress bar, one button that cancels all, and one that repeats what failed.

    Args:
        runs: How many runs the group has.
    """
    group = throw_dice.submit_many({"dice": 1 + number % 6} for number in range(runs))
    print(f"The group's page: {group.url}")
    return {"group": str(group.id), "url": group.url}


@job
def add_up(numbers: list[int]) -> int:
    """Add numbers up, as the results of other runs.

    Celery's canvas works over jobs: `chord(throw_dice.s(n) for n in (1, 2, 3))(add_up.s())` throws
    in three runs at once, and adds up what they have thrown.

    Args:
        numbers: What to add up.
    """
    return sum(numbers)


@job(timeout=600)
def thumbnails(
    archive: UploadedFile, size: Annotated[int, Field(ge=16, le=1024)] = 256
) -> dict[str, Any]:
    """Make thumbnails of a zip of pictures.

    What is no picture, or might do harm, is left out and named: in the log and in the result. The
    thumbnails and a sheet of them stand with the run.

    Args:
        archive: A zip with pictures: PNG, JPEG, GIF, WebP.
        size: The longer side of a thumbnail, in pixels.
    """
    album, skipped = Album(size), {}
    with archives.opened(archive) as source:
        for entry in track(archives.entries(source), text=_("pictures")):
            try:
                picture = pictures.thumbnail(archives.read(source, entry), size)
            except archives.Skipped as reason:
                print(f"{entry.filename}: {reason}")
                skipped[entry.filename] = str(reason)
            else:
                album.add(entry.filename, picture)
    if not album.pictures:
        raise ValueError(_("No picture could be read; the log says why for each file."))
    artifact("contact-sheet.png", album.sheet())
    artifact("thumbnails.zip", album.archive())
    return {"made": len(album.pictures), "skipped": skipped}


@job(timeout=600)
def profile_csv(table: UploadedFile) -> dict[str, Any]:
    """Say what is in the columns of a CSV file.

    Encoding (UTF-8, UTF-16, or one of the old Russian ones) and delimiter are found out. Each
    column has a type, the number of empty cells and of different values; a column of numbers also
    has a histogram.

    Args:
        table: The file; its first line names the columns.
    """
    found = tables.opened(table)
    words = _("Encoding {encoding}, delimiter {delimiter}")
    print(words.format(encoding=found.encoding, delimiter=repr(found.delimiter)))
    for number in found.rows():
        if number % 1000 == 0:
            progress(table.tell(), table.size, _("row {number}").format(number=number))
    progress(table.size, table.size, _("row {number}").format(number=found.count))
    artifact("columns.csv", tables.report(found.columns))
    drawn = [column for column in found.columns if column.kind in {"integer", "number"}]
    for number, column in enumerate(drawn[:PICTURES], 1):
        artifact(f"histogram-{number:02d}.png", histogram(column.name, column.numbers))
    told = {"encoding": found.encoding, "delimiter": found.delimiter, "rows": found.count}
    columns = [column.told() for column in found.columns]
    return {**told, "ragged_rows": found.ragged, "columns": columns}


@job
def import_prices(
    prices: Annotated[str, Field(max_length=10_000)] = price_list.EXAMPLE,
) -> dict[str, int]:
    """Take in a list of prices, and fail as a job should.

    A line that is wrong stops nothing: all of them are looked at first. Then the error says how
    many there are and what to do, and a table of them stands with the run. What the form
    begins with fails.

    Args:
        prices: A line for each article: its name, a semicolon, its price.
    """
    taken, faults = price_list.read(prices)
    if faults:
        artifact("faults.csv", price_list.report(faults))
        raise price_list.BadLines(faults, len(taken))
    return {"prices": len(taken)}
