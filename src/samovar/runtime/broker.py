"""Whether the broker answers, as far as this process knows.

Nobody waits for the answer: who wants to know gets the last one, and a thread asks again when it
is old. The publisher tells what it meets, too.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from samovar import clock, conf
from samovar.exceptions import BrokerUnavailable
from samovar.per_process import PerProcess

FRESH_SECONDS = 5.0
"""How long an answer is believed."""
ASK_SECONDS = 2.0
"""How long the broker may take to answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The broker does not answer."""

    since: dt.datetime
    error: str


class Watch:
    """What is known of the broker. Any thread may ask and tell."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._trouble: Trouble | None = None
        self._known_at = float("-inf")
        self._is_asking = False

    def trouble(self) -> Trouble | None:
        """Return the last answer at once; let a thread ask when it is no longer fresh."""
        with self._guard:
            is_fresh = time.monotonic() - self._known_at < FRESH_SECONDS
            asks = not is_fresh and not self._is_asking
            self._is_asking |= asks
        if asks:
            threading.Thread(target=self._ask, name="samovar-broker-watch", daemon=True).start()
        return self._trouble

    def tell(self, error: str) -> None:
        """Note that the broker has answered (`error` is empty) or has not."""
        with self._guard:
            if not error:
                self._trouble = None
            elif self._trouble is None:
                self._trouble = Trouble(clock.now(), error)
            self._known_at = time.monotonic()

    def _ask(self) -> None:
        try:
            conf.load("ENGINE").ping(ASK_SECONDS)
        except BrokerUnavailable as fault:
            self.tell(str(fault))
        else:
            self.tell("")
        finally:
            self._is_asking = False


watch = PerProcess(Watch)


def words() -> str:
    """Return what a person should know while the broker is away; "" when it answers."""
    if (trouble := watch().trouble()) is None:
        return ""
    at = formats.date_format(timezone.localtime(trouble.since), "H:i")
    return _(
        "The message broker has not answered since {time}. Nothing is lost: runs are accepted and "
        "kept, and each begins as soon as a worker finds it by itself, a few seconds later than "
        "usual."
    ).format(time=at)
