"""The command's options: several spellings, and every fault in a line of its own."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from samovar import job
from samovar.exceptions import InvalidParams
from samovar.management import arguments


def long_process(num_seconds: Annotated[int, Field(ge=1, le=3600)]):
    """Count the seconds on the server.

    It takes its time.

    Args:
        num_seconds: How many seconds the process works.
    """


def order(
    name: str,
    *,
    count: int = 1,
    gift: bool = True,
    hot: bool | None = None,
    tags: list[str] = [],  # noqa: B006 - never changed
    size: Literal["small", "large"] = "small",
):
    """Order tea."""


def read(function, line):
    return arguments.read(job(function), line.split())


def faults(function, line):
    with pytest.raises(InvalidParams) as refused:
        read(function, line)
    return refused.value.errors


@pytest.mark.parametrize(
    "line",
    ["--num-seconds 5", "--num-seconds=5", "--num_seconds 5", "--num_seconds=5"],
)
def test_spellings(line):
    assert read(long_process, line) == {"num_seconds": 5}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "This field is required."),
        ("--num-seconds", "Give a value, as --num-seconds VALUE."),
        ("--num-seconds=", "This field is required."),
        ("--num-seconds 0", "Must be at least 1."),
        ("--num-seconds -5", "Must be at least 1."),
        ("--num-seconds 1.5", "Enter a whole number."),
        ("--num-seconds abc", "Enter a whole number."),
        (f"--num-seconds {10**30}", "Must be at most 3600."),
        ("--num-seconds 5 --num-seconds 5", "Give one value only."),
    ],
)
def test_one_line_for_the_fault(line, message):
    assert faults(long_process, line) == [("--num-seconds", message)]


def test_every_fault_is_told():
    assert faults(order, "stray --count x --siez small --hot perhaps -n 5 --tags") == [
        ("'stray'", "Write an option before the value, as --name value."),
        ("--siez", "There is no such option. Did you mean --size?"),
        ("'-n'", "Write an option before the value, as --name value."),
        ("'5'", "Write an option before the value, as --name value."),
        ("--tags", "Give a value, as --tags VALUE."),
        ("--name", "This field is required."),
        ("--count", "Enter a whole number."),
        ("--hot", "Enter true or false."),
    ]


def test_unknown_options():
    def idle(): ...

    assert faults(idle, "--x=1") == [("--x", "There is no such option; this job takes none.")]
    assert faults(long_process, "--num-seconds 5 --zzz") == [
        ("--zzz", "There is no such option. There are: --num-seconds.")
    ]


@pytest.mark.parametrize(
    ("words", "gift", "hot"),
    [
        ("", True, None),
        ("--gift --hot", True, True),
        ("--no-gift --no-hot", False, False),
        ("--no_gift", False, None),
        ("--gift=false --hot=yes", False, True),
        ("--gift off --hot true", False, True),
    ],
)
def test_bools(words, gift, hot):
    params = read(order, f"--name Tea {words}")

    assert (params["gift"], params["hot"]) == (gift, hot)


def test_only_a_bool_can_be_denied():
    assert faults(order, "--name Tea --no-count")[0][0] == "--no-count"


def test_a_list_takes_an_option_for_each_member():
    assert read(order, "--name Tea --tags b --tags=a")["tags"] == ["b", "a"]


def test_a_value_may_look_like_anything_after_the_sign():
    assert read(order, "--name=--name=x")["name"] == "--name=x"
    assert arguments.read(job(order), ["--name", ""])["name"] == ""


def test_help():
    assert arguments.help_text(job(long_process)) == (
        "Count the seconds on the server\n\nIt takes its time.\n\n"
        "  --num-seconds INTEGER\n      How many seconds the process works. (required)"
    )
    text = arguments.help_text(job(order))
    assert "--gift, --no-gift\n      (default: true)" in text
    assert "--size {small|large}\n      (default: small)" in text
    assert "--tags TEXT …\n      (may be repeated)" in text
