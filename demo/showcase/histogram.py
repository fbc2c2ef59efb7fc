"""A histogram of a column.

matplotlib is imported where it draws, in the process of a run: the site's own stays small.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

BARS = 20


def histogram(name: str, numbers: Sequence[float]) -> bytes:
    """Draw how often which numbers occur, and return the PNG: 700 by 350 pixels."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 3.5), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.hist(numbers, bins=BARS, edgecolor="white")
    axes.set_title(name.replace("$", r"\$"))
    axes.set_ylabel(_("Rows"))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", alpha=0.3)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
