"""The supervisor: a slot's side of its attempts, from the start of each to the proof of its end.

Whatever happens, an ending is returned only after every line has been handed over, and an ending
that is not a clean one only after the keeper has proved that nothing of the runner is left.
"""

from __future__ import annotations

import contextlib
import logging
import threading

from samovar import brand
from samovar.runner.assignment import Assignment, Recorder
from samovar.runner.endings import ending_of
from samovar.runner.follower import Follower
from samovar.runner.keeper import Gone, Keeper, KeeperGone, Runner
from samovar.runner.orders import Order, Orders
from samovar.runner.template import Template
from samovar.types import Ending

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
"""How long a slot waits for the proof before it says that something cannot be killed."""


class Supervisor:
    """Performs attempts, one after the other, in one thread.

    `hand_back`, `cancel`, `release` and `fence` come from other threads, and mean the attempt
    since the last `prepare`; the strongest counts.
    """

    def __init__(self, template: Template) -> None:
        self._template = template
        self._orders = Orders()
        self._guard = threading.Lock()
        self._keeper: Keeper | None = None
        self._runner: Runner | None = None

    def prepare(self) -> int:
        """Have a runner ready and return its process id. Raises TemplateGone."""
        self._orders.clear()
        if self._runner is not None and self._runner.is_killed:
            # An order came when its attempt was over: nobody waits for this end.
            self._drop_keeper()
        while self._runner is None or self._runner.has_ended():
            self._drop_runner()
            keeper = self._keeper = self._keeper or self._template.keeper()
            try:
                self._runner = keeper.spawn()
            except KeeperGone as error:
                logger.warning("%s Another takes its place.", error)
                self._drop_keeper()
        return self._runner.pid

    def ready(self) -> int | None:
        """Do the same if the last attempt's runner serves again; None when it does not."""
        runner = self._runner
        if runner is None or runner.is_killed or runner.has_ended():
            return None
        self._orders.clear()
        return runner.pid

    def perform(self, assignment: Assignment, recorder: Recorder) -> Ending:
        """Perform one attempt in the runner that `prepare` has named."""
        runner, keeper = self._runner, self._keeper
        if runner is None or keeper is None:
            raise RuntimeError("prepare() comes before perform()")
        follower = Follower(assignment, runner, keeper, self._orders, recorder)
        try:
            self._follow(follower, runner, keeper, assignment.brand)
            follower.finish()
        except BaseException:
            # Nobody takes down what the job says any more; the keeper sees to its end.
            self._drop_keeper()
            raise
        if stain := follower.stain():
            logger.debug("Runner %s is not used again: %s.", runner.pid, stain)
            self._replace_runner()
        return ending_of(follower.seen)

    def cancel(self) -> None:
        """Interrupt the job: the ladder from an exception to SIGKILL."""
        self._orders.give(Order.CANCEL)

    def hand_back(self) -> None:
        """Let a resumable job save its state and leave at its next step."""
        self._orders.give(Order.HAND_BACK)

    def release(self, reason: str) -> None:
        """Kill the attempt because its worker stops; its run is given back."""
        self._orders.give(Order.RELEASE, reason)
        self._kill()

    def fence(self) -> None:
        """Kill the attempt because it is no longer ours."""
        self._orders.give(Order.FENCE)
        self._kill()

    def close(self) -> None:
        """Let runner and keeper end."""
        self._drop_keeper()
        self._orders.close()

    def _follow(self, follower: Follower, runner: Runner, keeper: Keeper, mark: int) -> None:
        """Follow an attempt until nothing writes any more: its runner is clean, or gone.

        What cannot be killed holds the slot and its run: whoever said that it is gone would let a
        second attempt begin beside it.
        """
        try:
            follower.follow()
            while follower.stain() and follower.seen.gone is None:
                follower.seen.gone = keeper.sweep(runner, SWEEP_SECONDS)
                if follower.seen.gone is None:
                    follower.complain(brand.find_branded(mark))
        except KeeperGone as error:
            logger.warning("%s Its runner ends with it.", error)
            while not (brand.sweep_brand(mark, seconds=SWEEP_SECONDS) and runner.wait(1.0)):
                follower.complain(brand.find_branded(mark))
            follower.seen.gone = Gone()
            keeper.close()
            self._keeper = None

    def _replace_runner(self) -> None:
        """Have the next runner forked while the attempt is settled."""
        self._drop_runner()
        if self._keeper is not None:
            with contextlib.suppress(KeeperGone):
                self._keeper.order()

    def _kill(self) -> None:
        """Kill the runner at once: our own thread may wait for a recorder that waits for the
        database.
        """
        with self._guard:
            if self._runner is not None:
                self._runner.kill()

    def _drop_runner(self) -> None:
        with self._guard:
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def _drop_keeper(self) -> None:
        self._drop_runner()
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
