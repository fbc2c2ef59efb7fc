"""The checker: reads journal, ledger, edges and answers when all is quiet, and names each
violation.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samovar.models import FINAL, HELD, Attempt, Chunk, IdempotencyKey, Run
from samovar.models.ladder import LadderStep, ladder_of
from tests.chaos import edges, ticks
from tests.chaos.driver import JOBS, Answers
from tests.chaos.edges import Edge
from tests.chaos.journal import Entry

CLOCK_SECONDS = 0.01
"""How exactly the instants of two processes of one host compare."""
WORKER_WORDS = "Its worker "
"""How the reason begins of an attempt whose supervisor did not live to see its end."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was not kept."""

    promise: str
    text: str

    def __str__(self) -> str:
        """Return both."""
        return f"{self.promise}: {self.text}"


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one run."""

    run: Run
    attempts: Sequence[Attempt]
    edges: Sequence[Edge]
    journal: Sequence[Entry]


def check(answers: Answers, journal: Sequence[Entry]) -> Iterator[Violation]:
    """Yield every violation."""
    yield from (Violation("odd answer", text) for text in answers.odd)
    # The demo's schedules make runs of their own.
    runs = {str(run.pk): run for run in Run.objects.filter(job__in=JOBS)}
    for key, run_id in answers.accepted.items():
        if run_id not in runs:
            yield Violation("lost", f"{run_id} was accepted (key {key}), and is not there")
    told = {*answers.accepted.values(), *_made_without_an_answer(answers)}
    for run_id in runs.keys() - told - ticks.runs():
        yield Violation("twice", f"{run_id} is there, and nobody was told of it")
    for entry in journal:
        if entry.run not in runs:
            yield Violation("without a run", f"{entry} was done for a run that is not there")
    for history in _histories(runs, journal):
        for promise in _PROMISES:
            yield from promise(history)
        yield from _cancelled(history, answers)


def _made_without_an_answer(answers: Answers) -> Iterator[str]:
    known = IdempotencyKey.objects.filter(key__in=answers.unanswered)
    yield from map(str, known.values_list("run_id", flat=True))


def _histories(runs: dict[str, Run], journal: Sequence[Entry]) -> Iterator[History]:
    attempts, noted, told = defaultdict(list), defaultdict(list), defaultdict(list)
    for attempt in Attempt.objects.order_by("number"):
        attempts[str(attempt.run_id)].append(attempt)
    for edge in edges.noted():
        noted[edge.run].append(edge)
    for entry in journal:
        told[entry.run].append(entry)
    for run_id, run in runs.items():
        yield History(run, attempts[run_id], noted[run_id], told[run_id])


def _ended(history: History) -> Iterator[Violation]:
    run = history.run
    if run.state not in FINAL:
        yield Violation("no end", f"{run} is {run.state}")
    elif run.state == "succeeded":
        if run.result != run.params["lines"]:
            yield Violation("wrong result", f"{run} has {run.result!r}")
        if not any(e.event == "end" and e.attempt == run.attempt for e in history.journal):
            yield Violation("wrong end", f"{run} succeeded, and its last attempt did not")
    elif run.state == "failed":
        yield from _failed(run)


def _failed(run: Run) -> Iterator[Violation]:
    kind = (run.error or {}).get("type")
    by_losses = kind == "Lost" and run.losses >= run.crashes
    by_errors = kind == "ValueError" and run.failures == run.max_attempts
    if not (by_losses or by_errors):
        yield Violation("wrong end", f"{run} failed without a reason: {run.error}")


def _edges(history: History) -> Iterator[Violation]:
    before = ""
    for edge in history.edges:
        if (edge.source, edge.target) not in edges.legal():
            yield Violation("illegal edge", f"{edge}")
        if edge.source != before:
            yield Violation("illegal edge", f"{edge} comes after {before!r}")
        before = edge.target


def _attempts(history: History) -> Iterator[Violation]:
    run, attempts = history.run, history.attempts
    claims = [edge.attempt for edge in history.edges if edge.target == "running"]
    numbers = [attempt.number for attempt in attempts]
    if not numbers == claims == list(range(1, run.attempt + 1)):
        yield Violation(
            "attempts", f"{run}: rows {numbers}, claims {claims}, counted {run.attempt}"
        )
    counted = {"lost": run.losses, "failed": run.failures}
    for state, count in counted.items():
        if count != sum(attempt.state == state for attempt in attempts):
            yield Violation("attempts", f"{run}: {count} are counted as {state}")
    for attempt, following in itertools.pairwise(attempts):
        if attempt.finished_at is None or attempt.finished_at > following.started_at:
            yield Violation("attempts", f"{attempt} had not ended when the next began")


def _overlap(history: History) -> Iterator[Violation]:
    begun: dict[int, Entry] = {}
    last = 0
    pids = {attempt.number: attempt.pid for attempt in history.attempts}
    for entry in history.journal:
        if entry.event == "overlap":
            yield Violation("overlap", f"{entry}: another attempt held the run's lock")
        if entry.attempt < last:
            yield Violation("overlap", f"{entry} comes after attempt {last} has begun")
        last = max(last, entry.attempt)
        if entry.event == "begin":
            if entry.attempt in begun:
                yield Violation("overlap", f"{entry}: this attempt had begun before")
            begun[entry.attempt] = entry
        if pids.get(entry.attempt) != entry.pid:
            yield Violation("overlap", f"{entry}: the ledger knows another process")


def _over(history: History) -> Iterator[Violation]:
    """Check that an attempt was gone when the ledger said that it had ended."""
    left = {
        edge.attempt: edge.at
        for edge in history.edges
        if edge.source in HELD and edge.target not in HELD
    }
    for entry in history.journal:
        if entry.at > left.get(entry.attempt, float("inf")) + CLOCK_SECONDS:
            yield Violation("overlap", f"{entry} was done after the attempt had ended")


def _log(history: History) -> Iterator[Violation]:
    run = history.run
    chunks = Chunk.objects.filter(run=run).order_by("first")
    lines = [line for chunk in chunks for line in chunk.lines()]
    if [line.n for line in lines] != list(range(1, run.log_lines + 1)):
        yield Violation("log", f"{run} has a gap or a double: {len(lines)} of {run.log_lines}")
    said = [line.attempt for line in lines]
    if said != sorted(said):
        yield Violation("log", f"{run}: lines of an older attempt behind a younger one's")
    for attempt in history.attempts:
        texts = [x.text for x in lines if x.attempt == attempt.number and x.stream == "stdout"]
        yield from _printed(history, attempt, texts)


def _printed(history: History, attempt: Attempt, texts: list[str]) -> Iterator[Violation]:
    if texts != [f"{attempt.number} {number}" for number in range(len(texts))]:
        yield Violation("log", f"{attempt} has a gap or a double in what it printed: {texts}")
    told = [e for e in history.journal if e.attempt == attempt.number]
    printed = sum(entry.event in {"line", "step"} for entry in told)
    if len(texts) < printed and not attempt.reason.startswith(WORKER_WORDS):
        yield Violation("log", f"{attempt} printed {printed} lines, {len(texts)} are there")


def _resumed(history: History) -> Iterator[Violation]:
    done: set[int] = set()
    for entry in history.journal:
        if entry.event == "step":
            done.add(entry.number)
        if entry.event == "resume" and not done.issuperset(range(entry.number)):
            yield Violation("resume", f"{entry} begins behind what nobody has done")


def _cancelled(history: History, answers: Answers) -> Iterator[Violation]:
    run, run_id = history.run, str(history.run.pk)
    if run_id in answers.cancelled and run.state != "cancelled":
        yield Violation("cancel", f"{run} was told to be cancelled, and is {run.state}")
    asked = {*answers.cancelled, *answers.refused, *answers.unanswered}
    if run.state == "cancelled" and run_id not in asked:
        yield Violation("cancel", f"{run} is cancelled, and nobody asked for it")


def _climbed(history: History) -> Iterator[Violation]:
    """Check that a cancel went up its ladder to the end, if there was an attempt to end."""
    run, order = history.run, list(LadderStep)
    places = [order.index(step) for step, _ in ladder_of(run)]
    had_attempt = any(edge.target == "cancelling" for edge in history.edges)
    if run.state != "cancelled":
        is_right = not places
    elif had_attempt:
        is_right = places == sorted(set(places)) and {0, len(order) - 1} <= set(places)
    else:
        is_right = places == [0]
    if not is_right:
        yield Violation("cancel", f"{run} is {run.state}, and its ladder is {run.ladder}")


_PROMISES = (_ended, _edges, _attempts, _overlap, _over, _log, _resumed, _climbed)
