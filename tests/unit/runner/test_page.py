"""The progress page as two processes see it."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator

import pytest

from samovar.runner.page import PageReader, PageWriter, new_page
from samovar.types import Progress


@pytest.fixture
def page() -> Iterator[tuple[PageWriter, PageReader]]:
    descriptor = new_page()
    writer, reader = PageWriter(descriptor), PageReader(descriptor)
    os.close(descriptor)
    yield writer, reader
    reader.close()


def test_only_news_are_read(page):
    writer, reader = page
    assert reader.read() is None
    writer.report(1, 10, "first")

    assert reader.read() == Progress(1.0, 10.0, "first")
    assert reader.read() is None


def test_a_value_may_be_missing(page):
    writer, reader = page
    writer.report(None, None, "only words")
    assert reader.read() == Progress(None, None, "only words")
    writer.report(5, None)
    assert reader.read() == Progress(5.0, None, "")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_counts_as_missing(page, value):
    writer, reader = page
    writer.report(value, value)

    assert reader.read() == Progress(None, None, "")


@pytest.mark.parametrize("value", ["5", 10**400, [1]])
def test_what_is_no_number_is_refused_and_the_next_is_read(page, value):
    writer, reader = page
    with pytest.raises(TypeError, match=r"numbers, or None: .* of int"):
        writer.report(value, 10)
    assert reader.read() is None
    writer.report(1, 10)

    assert reader.read() == Progress(1.0, 10.0, "")


def test_a_long_text_is_cut_between_characters(page):
    writer, reader = page
    writer.report(1, 2, "ю" * 1000)

    assert reader.read().text == "ю" * 400


def test_an_attempt_begins_with_an_empty_page(page):
    writer, reader = page
    writer.report(1, 2, "old")
    reader.begin()
    writer.begin()

    assert reader.read() is None
    writer.report(1, 2)
    assert reader.read() == Progress(1.0, 2.0, "")


@pytest.fixture
def busy_writer(page) -> Iterator[None]:
    """Have another process report without a pause."""
    writer, _ = page
    if not (child := os.fork()):
        for n in itertools.count(1):
            writer.report(n, n * 2, f"{n} " * 20)
    yield
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_no_value_is_torn(page, busy_writer):
    _, reader = page
    for _ in range(2000):
        while (progress := reader.read()) is None:
            pass
        assert progress.total == progress.done * 2
        assert progress.text == f"{progress.done:.0f} " * 20
