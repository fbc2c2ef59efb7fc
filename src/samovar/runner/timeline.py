"""What a supervisor does to a job in time: the timeouts, and the ladder of a cancel.

# Note [The ladder]
A cancel raises in the job, and is repeated because the job may have swallowed it. After the grace
comes SIGTERM, and two seconds later SIGKILL. A soft timeout raises once: the job may take its time
to save what is worth saving, up to the hard timeout, which kills at once.
"""

from __future__ import annotations

import enum
import heapq

REPEAT_SECONDS = 0.5
TERM_SECONDS = 2.0
"""How long a job has after SIGTERM."""


class Step(enum.IntEnum):
    """Something to do to the runner."""

    CANCEL = 1
    SOFT_TIMEOUT = 2
    TERMINATE = 3
    KILL = 4
    TIME_OUT = 5


class Timeline:
    """The steps to come, by their time on the monotonic clock."""

    def __init__(self) -> None:
        self._steps: list[tuple[float, Step]] = []

    def at(self, when: float, step: Step) -> None:
        """Plan a step."""
        heapq.heappush(self._steps, (when, step))

    def plan_ladder(self, now: float, grace: float) -> None:
        """Plan a cancel that begins now. See Note [The ladder]."""
        rung = 0
        while rung * REPEAT_SECONDS < grace:
            self.at(now + rung * REPEAT_SECONDS, Step.CANCEL)
            rung += 1
        self.at(now + grace, Step.TERMINATE)
        self.at(now + grace + TERM_SECONDS, Step.KILL)

    def due(self, now: float) -> Step | None:
        """Take the next step whose time has come."""
        if self._steps and self._steps[0][0] <= now:
            return heapq.heappop(self._steps)[1]
        return None

    def wait(self, now: float, longest: float) -> float:
        """Return the seconds until the next step, at most `longest`."""
        if not self._steps:
            return longest
        return min(longest, max(0.0, self._steps[0][0] - now))
