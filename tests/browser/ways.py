"""The ways of running a site that browsers meet. TEST_SITE chooses: `embedded` (default), or
`redis` or `rabbitmq` for the full stack with that broker, PostgreSQL and Centrifugo.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

import pytest

from tests.rig import centrifugo, full
from tests.rig import site as sites
from tests.rig.cable import Cable
from tests.rig.site import Site

EMBEDDED = "embedded"
SETTINGS = "tests.browser.settings"
WAY = os.environ.get("TEST_SITE") or EMBEDDED
if WAY not in (EMBEDDED, *full.BROKERS):
    pytest.exit(f"TEST_SITE is {WAY!r}; it may be {EMBEDDED}, {' or '.join(full.BROKERS)}.", 2)

Socket = tuple[Cable, Mapping[str, str]]
"""The line from browsers to Centrifugo, and the variables that lead a site there."""


def is_pushed() -> bool:
    """Return whether the news of the suite's site come over Centrifugo."""
    return WAY != EMBEDDED


@contextlib.contextmanager
def serving(socket: Socket | None, **environ: str) -> Iterator[Site]:
    """Serve the demo with the jobs of the app `echo`, as TEST_SITE says."""
    environ |= {"DJANGO_SETTINGS_MODULE": SETTINGS, **(socket[1] if socket else {})}
    if WAY == EMBEDDED:
        with sites.made(**environ) as site:
            site.start("--noreload")
            yield site
    else:
        with full.servers(WAY) as servers, full.serving(**servers, **environ) as site:
            yield site


@contextlib.contextmanager
def pushing() -> Iterator[Socket]:
    """Run Centrifugo (or its stand-in), which browsers reach by a line that can be cut."""
    with centrifugo.running(centrifugo.command(), origins=["http://127.0.0.1:*"]) as server:
        cable = Cable(server.port)
        yield cable, {**server.environ, "CENTRIFUGO_PUBLIC_URL": cable.url}
        cable.close()


class Lines:
    """Everything that a browser reaches the site by; `url` is the site's address there."""

    def __init__(self, site: Site, socket: Socket | None) -> None:
        self._site = Cable(site.port)
        self._all = [self._site, *([socket[0]] if socket else [])]
        self.url = self._site.url

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        for cable in self._all:
            cable.cut()

    def mend(self) -> None:
        """Let connections through again."""
        for cable in self._all:
            cable.mend()

    def close(self) -> None:
        """Leave the lines as they were."""
        self.mend()
        self._site.close()
