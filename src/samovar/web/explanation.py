"""Why a run failed, in a sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from samovar.models import RunState

if TYPE_CHECKING:
    from samovar.models import Run
    from samovar.web.traceback import Frame

_OURS: dict[str, Promise] = {
    "Lost": gettext_lazy("The process of the job was lost too often."),
    "Timeout": gettext_lazy("The job took longer than it may."),
    "Expired": gettext_lazy("The job did not start in time."),
    "ResultNotJSON": gettext_lazy("The job returned something that cannot be kept as a result."),
    "ResultNotKept": gettext_lazy("The job returned something that cannot be kept as a result."),
}
"""What ended a run that no exception of its job ended: such a run has no traceback."""


def explanation(run: Run, frame: Frame | None) -> str:
    """Return what made the run fail; "" for a run that has not failed."""
    if run.state != RunState.FAILED or not run.error:
        return ""
    if not run.traceback and (ours := _OURS.get(run.error["type"])):
        return str(ours)
    return " ".join(filter(None, (_place(frame), _times(run))))


def _place(frame: Frame | None) -> str:
    if frame is None:
        return _("The job stopped with an error.")
    words = _("The job stopped with an error in {name}, line {line} of {file}.")
    return words.format(name=frame.name, line=frame.line, file=frame.file_name)


def _times(run: Run) -> str:
    if run.failures < max(run.max_attempts, 2):
        return ""
    words = ngettext(
        "{count} attempt was made, and it failed.",
        "{count} attempts were made, and all failed.",
        run.failures,
    )
    return words.format(count=run.failures)
