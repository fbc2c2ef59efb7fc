"""Pictures made small, and gathered on a sheet.

Pillow is imported where it draws, in the process of a run: the site's own stays small.
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from showcase.archives import Skipped

if TYPE_CHECKING:
    from PIL import Image, ImageFont

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 50_000_000
SHOWN = 100
"""Pictures on the sheet."""
LETTERS = 22
"""Of a name under its picture, about."""
MARGIN, LINE = 12, 18


def thumbnail(content: bytes, size: int) -> Image.Image:
    """Return the picture in `content`, at most `size` pixels wide and high. Raises Skipped."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Skipped(_too_many_pixels())
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except UnidentifiedImageError:
        words = _("it is no picture, whatever its name says ({kinds})")
        raise Skipped(words.format(kinds=", ".join(FORMATS))) from None
    except Image.DecompressionBombError:
        raise Skipped(_too_many_pixels()) from None
    except (OSError, SyntaxError, ValueError):
        raise Skipped(_("it is damaged")) from None
    upright.thumbnail((size, size))
    return upright


@dataclass
class Album:
    """The thumbnails, each with the name that its picture had."""

    size: int
    pictures: list[tuple[str, Image.Image]] = field(default_factory=list)

    def add(self, name: str, picture: Image.Image) -> None:
        """Put a thumbnail behind the others."""
        self.pictures.append((PurePosixPath(name.replace("\\", "/")).name, picture))

    def archive(self) -> bytes:
        """Return a zip of all thumbnails as PNG, numbered."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as target:
            for number, (name, picture) in enumerate(self.pictures, 1):
                content = io.BytesIO()
                picture.save(content, "PNG")
                target.writestr(f"{number:04d}-{Path(name).stem}.png", content.getvalue())
        return packed.getvalue()

    def sheet(self) -> bytes:
        """Return a PNG with the first pictures side by side, their names below."""
        from PIL import Image, ImageDraw

        shown, cell = self.pictures[:SHOWN], min(self.size, 256)
        columns = min(math.ceil(math.sqrt(len(shown))), 5)
        rows = math.ceil(len(shown) / columns)
        width, height = cell + MARGIN, cell + LINE + MARGIN
        extent = (columns * width + MARGIN, rows * height + MARGIN)
        sheet = Image.new("RGB", extent, "white")
        pen, font = ImageDraw.Draw(sheet), _font()
        for number, (name, picture) in enumerate(shown):
            small = picture.copy()
            small.thumbnail((cell, cell))
            left = MARGIN + number % columns * width
            top = MARGIN + number // columns * height
            place = (left + (cell - small.width) // 2, top + (cell - small.height) // 2)
            sheet.paste(small, place, small)
            words = name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
            middle = (left + cell // 2, top + cell + 2)
            pen.text(middle, words, "black", font, anchor="ma")
        content = io.BytesIO()
        sheet.save(content, "PNG")
        return content.getvalue()


def _too_many_pixels() -> str:
    return _("it has more than {most} pixels").format(most=MOST_PIXELS)


def _font() -> ImageFont.FreeTypeFont:
    """Return matplotlib's font, which knows Cyrillic; to import all of that takes a second."""
    from PIL import ImageFont

    spec = find_spec("matplotlib")
    folders = (spec and spec.submodule_search_locations) or [""]
    return ImageFont.truetype(Path(folders[0], "mpl-data/fonts/ttf/DejaVuSans.ttf"), 12)
