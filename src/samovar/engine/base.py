"""What an engine is: it carries the ids of runs from the ledger to the workers, and nothing else
that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.jobs.job import Job
    from samovar.jobs.schedule import Declaration
    from samovar.runtime.publisher import Hint


class Engine(Protocol):
    """The object that the option `ENGINE` names."""

    def install(self) -> None:
        """Make the jobs known; called once, when Django is ready. Cheap: opens no connection."""

    def load(self) -> None:
        """Load what the first message would need; for a process that has somebody waiting later,
        and time now. Opens no connection.
        """

    def publish(self, hint: Hint) -> None:
        """Tell a worker that a run waits. Raises BrokerUnavailable, soon, when it cannot."""

    def depth(self, queue: str) -> int | None:
        """Return how many messages of `queue` the broker holds; None when it cannot tell. Raises
        BrokerUnavailable.
        """

    def ping(self, seconds: float) -> None:
        """Reach the broker within `seconds`. Raises BrokerUnavailable."""

    def task(self, job: Job[Any, Any], /) -> Any:
        """Return what a user of the engine takes `job` for; Celery's is a Task."""

    def schedules(self) -> list[Declaration]:
        """Return the schedules that the engine's own settings declare."""

    def send_task(self, name: str, call: Mapping[str, Any]) -> None:
        """Send a task that is no job: `call` has its "args", "kwargs" and "options".

        Raises BrokerUnavailable.
        """
