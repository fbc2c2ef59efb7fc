"""What to do when a server is not on this machine: skip and say so, or fail where CI says so."""

from __future__ import annotations

import os
from collections import Counter
from typing import NoReturn

import pytest

_PREFIX = "needs "
REMEDY = "`make services` brings it (as root on Debian or Ubuntu)"


def is_required(service: str) -> bool:
    """Return whether REQUIRE_SERVICES names `service`."""
    return service in os.environ.get("REQUIRE_SERVICES", "").split()


def reason(service: str, program: str) -> str:
    """Return the words for a test that cannot run."""
    return f"{_PREFIX}{service}: there is no {program} on this machine; {REMEDY}"


def skip(service: str, program: str) -> NoReturn:
    """Skip the test that asks, or fail it when REQUIRE_SERVICES names `service`."""
    words = reason(service, program)
    if is_required(service):
        pytest.fail(f"{words}, and REQUIRE_SERVICES names it", pytrace=False)
    pytest.skip(words)


def table(reporter: pytest.TerminalReporter) -> None:
    """Print what was not run for want of a server, and what brings it."""
    counts = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in reporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    wants = {words: count for words, count in counts.items() if words.startswith(_PREFIX)}
    if not wants:
        return
    reporter.write_sep("=", "not run")
    for words, count in sorted(wants.items()):
        reporter.write_line(f"{count:5} {'test' if count == 1 else 'tests'} {words}")
