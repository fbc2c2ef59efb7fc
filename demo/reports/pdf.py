"""The activity digest as a PDF: a cover, runs, users and messages, each on a page."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports import activity
from reports.activity import Days, Period
from samovar.models import RunState

PAGES = 4

COLOURS = {
    RunState.SUCCEEDED: "#2e7d32",
    RunState.FAILED: "#c62828",
    RunState.CANCELLED: "#757575",
    RunState.RUNNING: "#1565c0",
    RunState.CANCELLING: "#ef6c00",
    RunState.QUEUED: "#90caf9",
    RunState.SCHEDULED: "#cfd8dc",
}
"""Of the states, in the order of a bar's parts."""


def pages(period: Period) -> Iterator[Callable[[Any], None]]:
    """Give what writes each page, in order."""
    yield lambda paper: _cover(paper, period)
    yield lambda paper: _runs(paper, period)
    yield lambda paper: _users(paper, period)
    yield lambda paper: _messages(paper, period)


def finish(paper: Any) -> bytes:
    """Return the file. The last page's footer is written here: the language is still to be set."""
    return bytes(paper.output())


def new_paper() -> Any:
    """Return an empty document with a font that knows Cyrillic, and numbered pages."""
    import matplotlib as mpl
    from fpdf import FPDF

    class Paper(FPDF):
        """Numbers its pages."""

        def footer(self) -> None:
            """Write the page's number."""
            self.set_y(-15)
            self.set_font("DejaVu", size=9)
            text = _("Page {page} of {pages}").format(page=self.page_no(), pages=PAGES)
            self.cell(0, 10, text, align="C")

    paper = Paper()
    folder = f"{mpl.get_data_path()}/fonts/ttf"
    paper.add_font("DejaVu", fname=f"{folder}/DejaVuSans.ttf")
    paper.add_font("DejaVu", "B", fname=f"{folder}/DejaVuSans-Bold.ttf")
    return paper


def _cover(paper: Any, period: Period) -> None:
    paper.add_page()
    paper.set_y(100)
    paper.set_font("DejaVu", "B", 26)
    paper.cell(0, 16, _("Activity digest"), align="C", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("DejaVu", size=14)
    days = (date_format(day, "DATE_FORMAT") for day in (period.first, period.last))
    paper.cell(0, 12, " — ".join(days), align="C")


def _runs(paper: Any, period: Period) -> None:
    counts = activity.runs(period)
    jobs = sorted({job for job, _state in counts}, reverse=True)
    words = _("Runs that were asked for in this period, by their state now. In all: {count}.")
    _head(paper, _("Runs by job and outcome"), words.format(count=counts.total()))
    if not jobs:
        return
    figure, axes = _figure(7, 1.5 + 0.4 * min(len(jobs), 18))
    left = [0] * len(jobs)
    for state in [one for one in COLOURS if any(counts[job, one] for job in jobs)]:
        width = [counts[job, state] for job in jobs]
        axes.barh(jobs, width, left=left, label=str(state.label), color=COLOURS[state])
        left = [a + b for a, b in zip(left, width, strict=True)]
    axes.bar_label(axes.containers[-1], labels=map(str, left), padding=3)
    axes.margins(x=0.1)
    _whole_numbers(axes.xaxis)
    figure.legend(loc="outside lower center", ncols=4)
    _picture(paper, figure)


def _users(paper: Any, period: Period) -> None:
    days = activity.users(period)
    words = _("How many users there were at the end of each day. On the last one: {count}.")
    _head(paper, _("Users per day"), words.format(count=days[period.last]))
    _days(paper, days)


def _messages(paper: Any, period: Period) -> None:
    days = activity.messages(period)
    words = _("How many messages were written on each day. In all: {count}.")
    _head(paper, _("Chat messages per day"), words.format(count=sum(days.values())))
    _days(paper, days)


def _days(paper: Any, days: Days) -> None:
    figure, axes = _figure(7, 4)
    axes.bar(range(len(days)), list(days.values()))
    axes.set_ylim(0, 1.1 * max([1, *days.values()]))
    _whole_numbers(axes.yaxis)
    step = max(1, len(days) // 7)
    shown = list(enumerate(days))[::step]
    axes.set_xticks([n for n, _day in shown], [_short(day) for _n, day in shown])
    _picture(paper, figure)


def _short(day: dt.date) -> str:
    return date_format(day, "j N")


def _head(paper: Any, title: str, words: str) -> None:
    paper.add_page()
    paper.set_font("DejaVu", "B", 18)
    paper.cell(0, 14, title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font("DejaVu", size=11)
    paper.multi_cell(0, 7, words, new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    return figure, figure.add_subplot()


def _whole_numbers(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def _picture(paper: Any, figure: Any) -> None:
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    paper.image(picture, w=paper.epw)
