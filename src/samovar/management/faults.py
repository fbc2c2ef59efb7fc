"""What the person who typed the command can mend."""

from __future__ import annotations

import uuid
from typing import NoReturn

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from samovar.exceptions import SamovarError
from samovar.models import Run

BAD_INPUT = 2
"""The exit code."""


class Faults(SamovarError):
    """Ends the command with exit code 2 and one line on stderr for each fault."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))


class Parser(CommandParser):
    """A parser that says in one line what is wrong, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        self.exit(BAD_INPUT, f"{message}\n")


def find_run(text: str) -> Run:
    """Return the run with this id; raise Faults when there is none."""
    try:
        return Run.objects.get(pk=uuid.UUID(text))
    except (ValueError, Run.DoesNotExist) as error:
        words = _(
            "There is no run with the id %(id)s. `manage.py samovar runs` shows the last ones."
        )
        raise Faults(words % {"id": text}) from error
