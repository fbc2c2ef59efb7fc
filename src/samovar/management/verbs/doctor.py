"""`doctor`: look at each part, and say what to do about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar.management.verbs import verb

if TYPE_CHECKING:
    from samovar.management.doctor.finding import Finding
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs

SICK = 1
"""The exit code when a part does not work."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb(verbs, "doctor", _doctor, help=_("Look at each part, and say what to do."))


def _doctor(_options: dict[str, Any], terminal: Terminal) -> int:
    # Here, because only this verb needs what it looks with.
    from samovar.management.doctor.examination import examine

    found = examine()
    levels = [finding.level.value for finding in found]
    worst = next(level for level in ("red", "amber", "green") if level in levels)
    if terminal.as_json:
        terminal.dump({"level": worst, "findings": [_told(finding) for finding in found]})
    else:
        for finding in found:
            terminal.finding(finding.part, finding.level.value, finding.words, finding.remedy)
    return SICK if worst == "red" else 0


def _told(finding: Finding) -> dict[str, str]:
    return {
        "part": finding.part,
        "level": finding.level.value,
        "words": finding.words,
        "remedy": finding.remedy,
    }
