"""What a job says: every line, in order, from the right stream."""

from __future__ import annotations

import pytest

from samovar.types import Outcome

pytestmark = pytest.mark.faults


def test_a_hundred_thousand_lines_arrive_in_order(perform):
    attempt = perform("count", lines=100_000)

    assert attempt.ending(60).outcome is Outcome.SUCCEEDED
    assert attempt.heard.texts == [str(n) for n in range(100_000)]


def test_streams_keep_their_order_and_their_names(perform):
    attempt = perform("mixed", rounds=100)
    assert attempt.ending(60).outcome is Outcome.SUCCEEDED

    expected = []
    for n in range(100):
        expected += [
            ("stdout", "info", f"print {n}"),
            ("log", "warning", f"log {n}"),
            ("log", "warning", "second line"),
            ("stderr", "info", f"stderr {n}"),
            ("stdout", "info", f"subprocess {n}"),
            ("stdout", "info", f"write {n}"),
            ("log", "warning", f"UserWarning: warning {n}"),
            ("log", "error", f"error {n}"),
        ]
    heard = [
        (stream, level, text[text.find("UserWarning") :] if "UserWarning" in text else text)
        for stream, level, text in attempt.heard.all
        if "warnings.warn(" not in text  # the line of the source
    ]
    assert heard == expected


def test_lines_without_a_newline_are_kept(perform):
    attempt = perform("partial")
    attempt.ending()

    assert sorted(attempt.heard.all) == [
        ("stderr", "info", " 20%"),
        ("stdout", "info", "no newline"),
    ]


def test_bytes_that_are_no_text(perform):
    attempt = perform("raw_bytes")
    attempt.ending()

    assert attempt.heard.all == [
        ("stdout", "info", "bad \ufffd byte"),
        ("log", "info", "after the bytes"),
        ("stdout", "info", "nul \ufffd, surrogate \\udc80, and \x1e alone"),
    ]


def test_a_log_line_longer_than_the_kernel_keeps_whole(perform):
    attempt = perform("long_log", size=20_000)
    attempt.ending()

    assert attempt.heard.all == [
        ("log", "info", "x" * 20_000),
        ("stdout", "info", "y" * 20_000),
    ]


def test_a_line_has_an_end(perform):
    attempt = perform("long_log", size=150_000)
    attempt.ending()

    for stream, character in (("log", "x"), ("stdout", "y")):
        pieces = [text for of, _, text in attempt.heard.all if of == stream]
        assert "".join(piece.rstrip("…") for piece in pieces) == character * 150_000
        assert [piece[-1] for piece in pieces] == ["…", "…", character]
