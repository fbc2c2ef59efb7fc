"""Make the pictures of docs/reports.md: `.venv/bin/python -m scripts.report_pictures`.

The demo's own code draws them, in a data folder of its own: a day of users.csv, and the digest of
two weeks, whose pages poppler's `pdftoppm` turns into a picture.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).parents[1] / "docs/pictures"
NOW = dt.datetime(2026, 3, 16, 9, 0, tzinfo=dt.UTC)
STEP = dt.timedelta(minutes=5)
PAGES = (2, 3)
DPI = 60


def main() -> int:
    """Make all of them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SAMOVAR_DATA": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        import django
        from django.core.management import call_command
        from django.test.utils import override_settings
        from django.utils import translation

        django.setup()
        call_command("migrate", verbosity=0)
        live()
        table = Path(folder, "users.csv")
        table.write_text("\n".join(["time,total,active,new", *day(), ""]))
        for language in ("en", "ru"):
            with override_settings(LANGUAGE_CODE=language), translation.override(language):
                from reports import charts

                picture = PICTURES / f"report-users-{language}.png"
                picture.write_bytes(charts.last_day(table, NOW))
                side_by_side(digest(), PICTURES / f"report-digest-{language}.png")
    return 0


def day() -> Iterator[str]:
    """Yield the lines of 24 hours, as `count_users` writes them."""
    for number in range(288):
        at = NOW - dt.timedelta(days=1) + (number + 1) * STEP
        total, active, new = 40 + number // 24, 18 - abs(number - 144) // 12, number // 24
        yield f"{at:%Y-%m-%dT%H:%MZ},{total},{active},{new}"


def live() -> None:
    """Fill the ledger: people who join, write and start jobs."""
    from django.contrib.auth import get_user_model

    from chat.models import Message
    from chat.rooms import make_room
    from samovar.models import Run

    people = get_user_model().objects
    anna = people.create_user("anna", date_joined=NOW - dt.timedelta(days=40))
    room = make_room(anna, "Tea")
    for number in range(14):
        at = NOW - dt.timedelta(days=14 - number)
        people.create_user(f"person{number}", date_joined=at)
        for turn in range(5 + number * 7 % 23):
            Message.objects.create(room=room, author=anna, text="…", created_at=at)
            state = ("failed", "cancelled")[turn % 2] if turn % 9 == number % 9 else "succeeded"
            for job in ("count_users", "long_process", "send_digest", "user_task")[: 1 + turn % 4]:
                Run.objects.create(job=job, state=state, created_at=at)


def digest() -> bytes:
    """Return the PDF of the two weeks before `NOW`."""
    from reports import pdf
    from reports.activity import Period

    paper = pdf.new_paper()
    for write in pdf.pages(Period.of(NOW.date() - dt.timedelta(days=14), None, NOW.date())):
        write(paper)
    return pdf.finish(paper)


def side_by_side(content: bytes, path: Path) -> None:
    """Write some pages of a PDF beside each other."""
    pages = [Image.open(io.BytesIO(rendered(content, number))) for number in PAGES]
    width = sum(page.width for page in pages) + 10
    sheet = Image.new("RGB", (width, pages[0].height), "#888888")
    for number, page in enumerate(pages):
        sheet.paste(page, (number * (page.width + 10), 0))
    sheet.quantize(64).save(path, optimize=True)


def rendered(content: bytes, number: int) -> bytes:
    """Return one page as a PNG."""
    command = ["pdftoppm", "-png", "-r", str(DPI), "-f", str(number), "-l", str(number), "-"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
