"""The verbs of `manage.py samovar`, a module for those that belong together.

Each has `add(verbs)`, which adds its parsers. A parser's `perform(options, terminal)` returns the
exit code.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from samovar.management.terminal import Terminal

if TYPE_CHECKING:
    from samovar.management.faults import Parser

    # What `add_subparsers` returns has no public name.
    Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001

Perform = Callable[[dict[str, Any], Terminal], int]


def verb(verbs: Verbs, name: str, perform: Perform, *, help: str) -> Parser:  # noqa: A002 - argparse's word
    """Add the verb `name` and return its parser."""
    parser = verbs.add_parser(name, help=help, description=help, allow_abbrev=False)
    # Left out when it is not given, so that `samovar --json VERB` says the same.
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="answer in JSON"
    )
    parser.set_defaults(perform=perform)
    return parser
