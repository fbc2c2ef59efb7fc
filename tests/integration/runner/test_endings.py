"""How attempts end: by their job's word, by their process's end, and what the next one finds."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from samovar.types import Outcome

pytestmark = pytest.mark.faults


def test_one_runner_serves_clean_attempts(perform):
    first = perform("pid")
    second = perform("pid") if first.ending() else None

    assert first.ending().outcome is second.ending().outcome is Outcome.SUCCEEDED
    assert int(first.ending().result) == first.pid == second.pid == int(second.ending().result)
    assert second.heard.all == [("stdout", "info", "here")]


@pytest.mark.parametrize("code", [0, 9])
def test_the_last_line_before_an_exit_is_kept(perform, code):
    attempt = perform("die", code=code)
    ending = attempt.ending()

    assert ending.outcome is Outcome.LOST
    assert f"exit code {code} before it returned" in ending.reason
    assert str(attempt.pid) in ending.reason
    assert attempt.heard.texts == ["the last words"]
    assert perform("pid").ending().outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_signal_is_named(perform, number):
    attempt = perform("kill_itself", number=int(number))
    ending = attempt.ending()

    assert ending.outcome is Outcome.LOST
    assert f"killed by signal {int(number)} ({number.name})" in ending.reason
    assert attempt.heard.texts[0] == "the last words"


def test_a_crash_leaves_its_traceback_in_the_log(perform):
    attempt = perform("crash_in_c")

    assert "(SIGSEGV)" in attempt.ending().reason
    assert any("crash_in_c" in text for text in attempt.heard.texts)


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("good", {"a": [1, 2.5, None, True, "ю"]}),
        ("looks like nul", "\\u0000"),
    ],
)
def test_a_result_is_json(perform, kind, result):
    assert json.loads(perform("value", kind=kind).ending().result) == result


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nan", "result['a'][1] is nan"),
        ("set", "result[0] is of type set"),
        ("bytes", "result is of type bytes"),
        ("object", "result['deep'][1] is of type object"),
        ("cycle", "contains itself"),
        ("nul", "NUL"),
        ("surrogate", "surrogate"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_place(perform, kind, words):
    ending = perform("value", kind=kind).ending()

    assert ending.outcome is Outcome.FAILED
    assert not ending.retryable
    assert ending.fault.type == "ResultNotJSON"
    assert words in ending.fault.message


def test_an_error_is_kept_whole(perform):
    attempt = perform("fail", kind="value")
    ending = attempt.ending()

    assert ending.outcome is Outcome.FAILED
    assert not ending.retryable
    assert (ending.fault.type, ending.fault.message) == ("ValueError", "an error\ufffd with NUL")
    trace = ending.fault.traceback
    assert "KeyError: 'the cause'" in trace
    assert "direct cause" in trace
    assert "samovar/runner" not in trace
    assert attempt.heard.all[0] == ("stdout", "info", "before")
    said = [text for stream, level, text in attempt.heard.all[1:]]
    assert {(stream, level) for stream, level, _ in attempt.heard.all[1:]} == {("stderr", "error")}
    assert said == trace.rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("kind", "fault", "retryable"),
    [
        ("os", "ConnectionError", True),
        ("exit", "SystemExit", False),
        ("interrupt", "KeyboardInterrupt", False),
    ],
)
def test_what_is_raised_decides_about_another_try(perform, kind, fault, retryable):
    ending = perform("fail", kind=kind).ending()

    assert ending.outcome is Outcome.FAILED
    assert (ending.fault.type, ending.retryable) == (fault, retryable)


def test_a_job_may_cancel_itself(perform):
    attempt = perform("fail", kind="cancelled")

    assert attempt.ending().outcome is Outcome.CANCELLED
    assert attempt.heard.texts == ["before"]


@pytest.mark.parametrize(
    ("kind", "wait"),
    [
        ("number", 7.0),
        ("timedelta", 120.0),
        ("too long", 30 * 86400.0),
        ("text", None),
        ("negative", None),
        ("nan", None),
        ("broken", None),
        ("none", None),
    ],
)
def test_an_error_may_ask_for_a_wait(perform, kind, wait):
    ending = perform("ask_to_wait", kind=kind).ending()

    assert (ending.outcome, ending.retryable, ending.retry_after) == (Outcome.FAILED, True, wait)


def test_a_long_message_is_cut(perform):
    message = perform("fail", kind="long").ending().fault.message

    assert len(message) <= 64 * 1024
    assert "[…]" in message


def test_an_exception_that_cannot_speak(perform):
    ending = perform("fail_mutely").ending()

    assert ending.fault.type == "Mute"
    assert "RuntimeError" in ending.fault.message
    assert "fail_mutely" in ending.fault.traceback


@pytest.mark.parametrize(
    ("job", "params", "fault"),
    [
        ("there_is_none", {}, "UnknownJob"),
        ("count", {"lines": "many"}, "InvalidParams"),
    ],
)
def test_what_cannot_begin_says_so(perform, job, params, fault):
    attempt = perform(job, **params)
    ending = attempt.ending()

    assert (ending.outcome, ending.fault.type) == (Outcome.FAILED, fault)
    assert attempt.heard.all[0][:2] == ("stderr", "error")


def test_a_child_that_comes_back_is_no_second_runner(perform):
    attempt = perform("fork_and_return")

    assert int(attempt.ending().result) == attempt.pid


def test_threads_end_a_runner(perform):
    first = perform("leave_thread")
    assert int(first.ending().result) == first.pid

    assert perform("pid").pid != first.pid


def test_changes_are_undone(perform):
    first = perform("leave_changes")
    assert first.ending().outcome is Outcome.SUCCEEDED
    second = perform("find_changes")
    found = json.loads(second.ending().result)

    assert found["pid"] == first.pid
    assert found["left"] is None
    assert found["folder"] == str(Path.cwd())
    assert found["term"] is True
    assert second.heard.all == [("log", "info", "logged"), ("stdout", "info", "printed")]


def test_a_runner_holds_nothing_of_its_parents(perform):
    found = json.loads(perform("find_changes").ending().result)["descriptors"]

    kinds = {name.split(":")[0] for name in found}
    assert kinds <= {"/dev/null", "pipe", "socket", "/memfd"}, found
    assert sum(name.startswith("socket:") for name in found) == 1, found


def test_progress_and_checkpoint_arrive(perform):
    attempt = perform("step_by_step", checkpoint='{"at": 1}')
    ending = attempt.ending()

    assert json.loads(ending.result) == "step_by_step 1/2 {'at': 3}"
    last = attempt.heard.progresses[-1]
    assert (last.done, last.total, last.text) == (3.0, 10.0, "third\ufffd")
    assert [json.loads(state) for state in attempt.heard.checkpoints] == [{"at": 3}]


def test_the_next_attempt_has_a_page_of_its_own(perform):
    perform("step_by_step").ending()
    second = perform("pid")
    second.ending()

    assert second.heard.progresses == []


def test_a_checkpoint_is_given_back(perform):
    attempt = perform("remember", checkpoint='{"at": 7}')

    assert json.loads(attempt.ending().result) == {"at": 7}
    assert attempt.heard.texts == ['Goes on from the checkpoint {"at": 7}']


def test_a_long_checkpoint_is_named_by_its_beginning(perform):
    attempt = perform("remember", checkpoint=json.dumps("x\n" * 100))
    attempt.ending()

    assert attempt.heard.texts == ['Goes on from the checkpoint "' + "x\\n" * 32 + "x\\…"]


def test_reports_are_coalesced_and_the_last_counts(perform):
    attempt = perform("report_fast", calls=200_000)
    assert attempt.ending().outcome is Outcome.SUCCEEDED

    assert len(attempt.heard.progresses) < 1000
    last = attempt.heard.progresses[-1]
    assert (last.done, last.total, last.text) == (200_000.0, 200_000.0, "all")


def test_checkpoints_are_coalesced_and_the_last_counts(perform):
    attempt = perform("spin_checkpoints", calls=5000)
    assert attempt.ending().outcome is Outcome.SUCCEEDED

    assert len(attempt.heard.checkpoints) < 100
    assert json.loads(attempt.heard.checkpoints[-1]) == {"n": 4999}
