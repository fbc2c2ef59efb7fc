"""The guards, and the tests that must miss each."""

from __future__ import annotations

from dataclasses import dataclass

LEDGER = "tests/integration/ledger"
RUNNER = "tests/integration/runner"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard removed: in `file` the text `old` becomes `new`; `tests` are pytest's arguments.

    `database` is the one on which the guard is felt.
    """

    name: str
    guard: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    database: str = "sqlite"


MUTANTS = (
    Mutant(
        "M1",
        "an end names its token",
        "models/edges.py",
        "    if is_held:\n        rows",
        "    if not is_held:\n        rows",
        (f"{LEDGER}/test_settle.py", f"{LEDGER}/test_fence.py"),
    ),
    Mutant(
        "M2",
        "lines, progress and checkpoints name their token",
        "runtime/recorder.py",
        "pk=self._claimed.run_id, token=self._claimed.token, state__in=HELD",
        "pk=self._claimed.run_id, state__in=HELD",
        (f"{LEDGER}/test_fence.py",),
    ),
    Mutant(
        "M3",
        "a run whose message was lost is announced again",
        "runtime/upkeep/dispatcher.py",
        "        publisher.offer_all(hints",
        "        publisher.offer_all([] and hints",
        (f"{LEDGER}/test_upkeep.py",),
    ),
    Mutant(
        "M4",
        "an attempt is counted when it begins",
        "models/edges.py",
        '        "attempt": grown(1),\n',
        "",
        (f"{LEDGER}/test_claim.py",),
    ),
    Mutant(
        "M5",
        "a rescue kills first",
        "runtime/upkeep/rescuer.py",
        "    if attempt.brand is not None and not brand.sweep_brand(",
        "    if attempt.brand is None and not brand.sweep_brand(",
        (f"{LEDGER}/test_rescue.py",),
    ),
    Mutant(
        "M6",
        "a worker has a fresh identity at each start",
        "runner/crew.py",
        "Holder(uuid7(), name",
        "Holder(uuid.uuid5(uuid.NAMESPACE_DNS, name), name",
        ("tests/unit/runner/test_identity.py",),
    ),
    Mutant(
        "M7",
        "a run is announced only once it is committed",
        "runtime/submit.py",
        "        transactions.after_commit(lambda: _announce(job, run.limit_key, [hint]))",
        "        _announce(job, run.limit_key, [hint])",
        (f"{LEDGER}/test_submit.py",),
    ),
    Mutant(
        "M8",
        "a run counts as announced only until its patience is over",
        "runtime/upkeep/dispatcher.py",
        ".filter(announced_at__lt=before)",
        ".filter(announced_at__lt=before, dispatched_at=None)",
        (f"{LEDGER}/test_upkeep.py",),
    ),
    Mutant(
        "M9",
        "a broker that answers nothing is left after a short time",
        "engine/celery/publishing.py",
        "TIMEOUT_SECONDS = 2.0",
        "TIMEOUT_SECONDS = 200.0",
        ("tests/faults/test_deaf_broker.py", "--timeout", "40"),
    ),
    Mutant(
        "M10",
        "a transaction of SQLite takes the write lock when it begins",
        "sqlite.py",
        '    connection.transaction_mode = "IMMEDIATE"\n',
        "",
        (f"{LEDGER}/test_database.py", f"{LEDGER}/test_races.py"),
    ),
    Mutant(
        "M11",
        "the disk holds a file before its row is written",
        "runtime/files.py",
        "        _sync(place, path)\n",
        "",
        (f"{LEDGER}/test_artifacts.py",),
    ),
    Mutant(
        "M13",
        "an event of the stream carries its position",
        "live/sse.py",
        'f"id: {event.position}\\nevent',
        'f"event',
        ("tests/integration/live/test_follow.py",),
    ),
    Mutant(
        "M14",
        "a lease compares with the database's clock",
        "models/run.py",
        "state__in=HELD, lease_until__lt=Now())",
        "state__in=HELD, lease_until__lt=clock.now())",
        (f"{LEDGER}/test_clock.py",),
    ),
    Mutant(
        "M15",
        "nobody sees another's run",
        "api/guard.py",
        "access.visible_to(access.user_of(request))",
        "Run.objects.all()",
        ("tests/integration/api",),
    ),
    Mutant(
        "M16",
        "an attempt whose token did not come back is killed",
        "runner/heartbeat.py",
        "if token not in pulse.held:",
        "if False:",
        (f"{LEDGER}/test_heartbeat.py",),
    ),
    Mutant(
        "M17",
        "a worker that cannot renew kills at two thirds of the lease",
        "runner/heartbeat.py",
        "        except TimeoutError:\n            self._give_up(held)\n",
        "        except TimeoutError:\n            pass\n",
        (f"{LEDGER}/test_heartbeat.py",),
        "postgresql",
    ),
    Mutant(
        "M18",
        "what cannot be killed keeps its run",
        "runner/supervisor.py",
        "            while follower.stain() and follower.seen.gone is None:\n",
        "            if follower.stain() and follower.seen.gone is None:\n",
        (f"{RUNNER}/test_proof.py",),
    ),
    Mutant(
        "M19",
        "the keeper sweeps what a runner has left",
        "runner/keeper_process.py",
        "is_swept = sweep(self._reaper, seconds=seconds)",
        "is_swept = bool(self._reaper.reap()) or True",
        (f"{RUNNER}/test_proof.py",),
    ),
    Mutant(
        "M20",
        "template and keepers hold the worker's lock",
        "runner/template.py",
        "            serve(worker, theirs, lock_fd)",
        "            serve(worker, theirs, None)",
        (f"{RUNNER}/test_proof.py", "-k", "leaves_nothing"),
    ),
    Mutant(
        "M21",
        "the loss that is the last ends the run",
        "runtime/verdict.py",
        "if run.losses + 1 < run.crashes:",
        "if True:",
        (f"{LEDGER}/test_settle.py",),
    ),
    Mutant(
        "M22",
        "a key that comes twice makes one run",
        "runtime/once.py",
        "with transactions.write():",
        "if True:",
        ("tests/integration/api/test_idempotency.py",),
    ),
    Mutant(
        "M23",
        "a worker that was pruned is written anew",
        "runtime/beat.py",
        "update(seen_at=Now()):\n        register()",
        "update(seen_at=Now()):\n        pass",
        (f"{LEDGER}/test_upkeep.py",),
    ),
    Mutant(
        "M24",
        "a chunk that is there already is left as it is",
        "runtime/recorder.py",
        ", ignore_conflicts=True)",
        ")",
        (f"{LEDGER}/test_written_again.py",),
    ),
    Mutant(
        "M25",
        "a run of a paused queue is not claimed",
        "models/run.py",
        "return ready.exclude(queue__in=paused)",
        "return ready",
        (f"{LEDGER}/test_claim.py",),
    ),
    Mutant(
        "M26",
        "a run that is cancelling ends as cancelled",
        "runtime/verdict.py",
        "    if run.state == RunState.CANCELLING:\n        return _cancelled(run, token, now)\n",
        "",
        (f"{LEDGER}/test_settle.py",),
    ),
    Mutant(
        "M27",
        "the line numbers of an attempt go on from the last one's",
        "runtime/claim.py",
        "next_line=run.log_lines + 1",
        "next_line=1",
        (f"{LEDGER}/test_recorder.py",),
    ),
    Mutant(
        "M28",
        "a worker that lives on this host may renew after an outage",
        "runtime/upkeep/rescuer.py",
        "        if host.is_free(attempt.worker_id):\n            return True\n        since",
        "        if True:\n            return True\n        since",
        (f"{LEDGER}/test_rescue.py",),
    ),
    Mutant(
        "M29",
        "the server ends a transaction of ours that idles",
        "transactions.py",
        "        if is_outermost and connection.vendor",
        "        if not is_outermost and connection.vendor",
        (f"{LEDGER}/test_database.py",),
        "postgresql",
    ),
    Mutant(
        "M30",
        "two who admit runs of two jobs lock in one order",
        "runtime/admission.py",
        "    transactions.before_commit(job.name, step)",
        "    step()",
        (f"{LEDGER}/test_opposite_orders.py",),
        "postgresql",
    ),
    Mutant(
        "M31",
        "no run is claimed behind an end that was not won",
        "runtime/at_once.py",
        "if_there_is='\"finished\"'",
        "",
        (f"{LEDGER}/test_changeover.py",),
        "postgresql",
    ),
)
