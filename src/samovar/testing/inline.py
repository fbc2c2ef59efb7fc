"""Perform runs where they are submitted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from samovar.engine.inline import InlineEngine
from samovar.runtime import publisher


@contextlib.contextmanager
def inline() -> Iterator[None]:
    """Perform each run that this thread submits in this thread, as soon as it is committed.

    No worker and no broker is needed, and when `submit` returns the run is over. In a
    `django.test.TestCase`, which never commits, add `self.captureOnCommitCallbacks(execute=True)`.
    Nothing is isolated: no timeouts, no cancel; a run that waits for a retry goes on waiting.
    """
    with publisher.handing_to(InlineEngine().publish):
        yield
