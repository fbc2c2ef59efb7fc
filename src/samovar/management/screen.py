"""A followed run on the terminal: its log on stdout, the progress bar and our own words on stderr.

With `--json` the log goes to stderr, so that stdout holds one JSON object.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext as _
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from samovar.models import RunState
from samovar.types import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from samovar.management.terminal import Terminal
    from samovar.models import Run
    from samovar.models.log import NumberedLine


class Screen:
    """Shows looks at one run; a context, because the bar must be taken away at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
            console=terminal.err,
            transient=True,
            disable=not terminal.err.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def lines(self, lines: Iterable[NumberedLine]) -> None:
        """Show lines of the log in their order; our own words in it stay off stdout."""
        for is_own, group in groupby(lines, key=lambda line: line.stream == Stream.SYSTEM):
            texts = [line.text for line in group]
            if is_own:
                self._terminal.say("\n".join(texts), "dim")
            else:
                self._write(texts)

    def progress(self, run: Run) -> None:
        """Let the bar stand where the run is."""
        words = run.progress_text or str(RunState(run.state).label)
        total = None if run.progress_percent is None else 100
        self._bar.update(
            self._task, description=words, completed=run.progress_percent or 0, total=total
        )

    def _write(self, texts: list[str]) -> None:
        terminal = self._terminal
        if terminal.as_json or (terminal.err.is_terminal and terminal.out.is_terminal):
            # Above the bar: on one terminal both streams are the same place.
            terminal.err.print(Text.from_ansi("\n".join(texts)), soft_wrap=True)
        else:
            terminal.write(texts)


def ending(run: Run) -> tuple[str, str]:
    """Return the words for a run that has ended, and their style."""
    if run.state == RunState.SUCCEEDED:
        result = "" if run.result is None else _(" Result: %(result)s") % {"result": run.result}
        return _("Succeeded.") + result, "green"
    if run.state == RunState.CANCELLED:
        return _("Cancelled."), "yellow"
    error = run.error or {}
    words = _("Failed. %(type)s: %(message)s")
    return words % {"type": error.get("type", ""), "message": error.get("message", "")}, "red"
