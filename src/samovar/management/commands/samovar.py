"""`manage.py samovar`: jobs and runs from a terminal."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samovar.exceptions import SamovarError
from samovar.management.faults import BAD_INPUT, Parser
from samovar.management.terminal import Terminal
from samovar.management.verbs import (
    doctor,
    groups,
    jobs,
    move,
    prune,
    queues,
    run,
    runs,
    show,
    tokens,
    worker,
)


class Command(BaseCommand):
    """The command; each verb is in a module of `samovar.management.verbs`."""

    help = cast("str", gettext_lazy("Start jobs, follow their runs, and perform them."))
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the verbs."""
        parser.add_argument("--json", action="store_true", help=_("answer in JSON"))
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="VERB", parser_class=Parser
        )
        for module in (
            jobs, run, runs, show, groups, queues, tokens, worker, doctor, move, prune,
        ):  # fmt: skip
            module.add(verbs)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what the verb says, and exit with its code."""
        terminal = Terminal(self.stdout, self.stderr, as_json=options["json"])
        try:
            code = options["perform"](options, terminal)
        except SamovarError as fault:
            terminal.say(str(fault))
            code = BAD_INPUT
        except DatabaseError as error:
            words = _("The database does not answer as it should (%(error)s). Is it migrated?")
            terminal.say(words % {"error": str(error).strip()})
            code = 1
        except BrokenPipeError:
            # Who read our output has closed it, as `head` does.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        if code:
            sys.exit(code)
