"""How the pages say durations, values, docstrings and tracebacks."""

from __future__ import annotations

import pytest
from django.utils import translation

from samovar.templatetags import samovar as tags
from samovar.templatetags.durations import duration, time_left
from samovar.web.traceback import own_frame


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "about 1 s left"),
        (4.2, "about 5 s left"),
        (59.5, "about 60 s left"),
        (89, "about 1 min left"),
        (150, "about 2 min left"),
        (3590, "about 1 h 0 min left"),
        (9000, "about 2 h 30 min left"),
    ],
)
def test_time_left(seconds, words):
    assert time_left(seconds) == words


def test_time_left_in_russian():
    with translation.override("ru"):
        assert time_left(150) == "осталось ≈ 2 мин"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.04, "40 ms"),
        (1.44, "1.4 s"),
        (9.96, "10.0 s"),
        (59, "59 s"),
        (185, "3 min 5 s"),
        (7830, "2 h 10 min"),
    ],
)
def test_duration(seconds, words):
    assert duration(seconds).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("value", "text"),
    [("as it is", "as it is"), (True, "True"), (None, "None"), ({"ключ": 1}, '{\n  "ключ": 1\n}')],
)
def test_a_value_reads_as_a_person_expects(value, text):
    assert tags.value(value) == text


def test_prose_is_escaped_and_backticks_are_code():
    assert tags.prose("Use `<b>` here\nand <i>there</i>.\n\nMore.") == (
        "<p>Use <code>&lt;b&gt;</code> here and &lt;i&gt;there&lt;/i&gt;.</p>\n<p>More.</p>"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\rest", "rest"),
        ("plain [31m", "plain [31m"),
    ],
)
def test_escapes_of_a_terminal_are_taken_away(text, shown):
    assert tags.without_escapes(text) == shown


def test_the_frame_to_look_at_is_the_last_own_one():
    traceback = (
        '  File "/srv/shop/tasks.py", line 7, in body\n    fetch()\n'
        '  File "/srv/shop/prices.py", line 3, in fetch\n    json.loads("")\n'
        '  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads\n'
    )
    frame = own_frame(traceback)
    assert str(frame) == "/srv/shop/prices.py:3 in fetch"
    assert (frame.file_name, frame.source) == ("prices.py", 'json.loads("")')
    assert own_frame("") is None


def test_what_is_found_is_marked_and_stays_text():
    assert tags.marked("<b>Tea</b>, tea.", "TEA") == (
        "&lt;b&gt;<mark>Tea</mark>&lt;/b&gt;, <mark>tea</mark>."
    )
