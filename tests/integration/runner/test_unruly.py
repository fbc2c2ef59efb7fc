"""Whatever a job does, its attempt has an end with a reason, and the next one is served."""

from __future__ import annotations

import pytest

from samovar import brand
from samovar.types import Outcome
from tests.integration.runner import unruly
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def next_one(perform):
    """Perform another job in the same slot afterwards."""
    yield
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


def test_recursion_is_an_error(perform):
    ending = perform("recurse", in_c=False).ending()

    assert (ending.outcome, ending.fault.type) == (Outcome.FAILED, "RecursionError")
    assert len(ending.fault.traceback) < 300_000


def test_recursion_that_breaks_the_interpreter_is_a_crash(perform):
    ending = perform("recurse", in_c=True).ending(60)

    assert ending.outcome in (Outcome.LOST, Outcome.FAILED)
    assert ending.reason or ending.fault.type in ("RecursionError", "MemoryError")


@pytest.mark.parametrize("order", ["cancel", "timeout"])
def test_a_bomb_of_forks_is_gone_with_its_attempt(perform, supervisor, order):
    limits = {"timeout": 2.0} if order == "timeout" else {"cancel_grace": 0.2}
    attempt = perform("fork_bomb", generations=5, **limits)
    if order == "cancel":
        wait_for(lambda: attempt.heard.texts.count("there") == 32, message="all of them")
        supervisor.cancel()

    outcome = Outcome.CANCELLED if order == "cancel" else Outcome.TIMED_OUT
    assert attempt.ending().outcome is outcome
    assert not brand.find_branded(attempt.assignment.brand)


def test_who_forks_faster_than_one_looks_is_gone_too(perform, supervisor):
    attempt = perform("hop", hoppers=8, cancel_grace=60.0)
    attempt.heard.wait_for("there")
    supervisor.cancel()

    assert attempt.ending(60).outcome is Outcome.CANCELLED
    assert not brand.find_branded(attempt.assignment.brand)


def test_a_daemon_does_not_outlive_its_attempt(perform):
    ending = perform("become_a_daemon").ending()

    assert ending.outcome is Outcome.SUCCEEDED
    assert not brand.is_alive(int(ending.result))


def test_fifty_megabytes_without_an_end_of_the_line(perform):
    attempt = perform("flood", megabytes=50)

    assert attempt.ending(60).outcome is Outcome.SUCCEEDED
    assert sum(len(text.rstrip("…")) for text in attempt.heard.texts) == 50 * 2**20
    assert max(map(len, attempt.heard.texts)) <= 65536 + 1


def test_what_is_meant_for_a_terminal_is_kept(perform):
    attempt = perform("colour")
    attempt.ending()

    assert attempt.heard.texts == [
        "\x1b[31mred\x1b[0m and \x1b]0;title\x07 and \x1b[2J",
        "100%",
        "\u202eesrever\u2028one\N{ZERO WIDTH JOINER}line",
    ]


@pytest.mark.parametrize(
    ("kind", "fault", "words"),
    [
        ("group", "ExceptionGroup", "two (2 sub-exceptions)"),
        ("endless", "Endless", "x[…]x"),
        ("notes", "ValueError", "said"),
    ],
)
def test_an_odd_error_is_kept(perform, kind, fault, words):
    ending = perform("fail_oddly", kind=kind).ending()

    assert (ending.outcome, ending.fault.type) == (Outcome.FAILED, fault)
    assert words in ending.fault.message.replace("\n", "")
    assert len(ending.fault.message) <= 64 * 1024
    for word in {"group": ["first", "second"], "notes": ["and noted"]}.get(kind, []):
        assert word in ending.fault.traceback


def test_a_result_has_a_largest_size(perform):
    ending = perform("return_too_much").ending(60)

    assert (ending.outcome, ending.fault.type) == (Outcome.FAILED, "ResultNotJSON")
    assert "larger than 16 MiB" in ending.fault.message


@pytest.mark.parametrize("what", sorted(unruly.CHANGES))
def test_what_a_job_has_changed_for_good_is_not_for_the_next(perform, what):
    first = perform("change", what=what).ending()
    second = perform("pid").ending()

    assert {first.outcome, second.outcome} == {Outcome.SUCCEEDED}
    assert first.result != second.result


def test_who_leaves_signals_blocked_serves_again_and_can_be_cancelled(perform, supervisor):
    first = perform("block_signals")
    assert first.ending().outcome is Outcome.SUCCEEDED
    attempt = perform("wait", cancel_grace=60.0)
    assert attempt.pid == first.pid
    attempt.heard.wait_for("waiting")
    supervisor.cancel()

    assert attempt.ending().outcome is Outcome.CANCELLED
