"""Bytes of the pipe become lines, however the kernel cuts them."""

from __future__ import annotations

import random

import pytest

from samovar.runner.decoder import CUT, LONGEST_LINE, Decoder
from samovar.runner.marks import CODES, END_LINE, mark

WORD = "0123456789abcdef"
MARK = mark(WORD)


def record(stream: str, level: str, text: str, *, more: bool = False) -> bytes:
    code = CODES[stream, level]
    return MARK + (code.upper() if more else code) + text.encode() + b"\n"


def lines(*blocks: bytes) -> list[tuple[str, str, str]]:
    decoder = Decoder(WORD)
    batches = [batch for block in blocks for batch in decoder.feed(block, 1.0)]
    batches += decoder.finish(2.0)
    return [(b.stream, b.level, text) for b in batches for text in b.texts]


def stdout(*blocks: bytes) -> list[str]:
    found = lines(*blocks)
    assert {kind[:2] for kind in found} <= {("stdout", "info")}
    return [text for _, _, text in found]


@pytest.mark.parametrize(
    ("blocks", "texts"),
    [
        ([b"a\nb\n"], ["a", "b"]),
        ([b"a", b"b\nc", b"\n"], ["ab", "c"]),
        ([b"\n\n"], ["", ""]),
        ([b"end without newline"], ["end without newline"]),
        ([b""], []),
        ([b"windows\r\nmac\rold\n"], ["windows", "old"]),
        ([b"10%\r20%\r", b"30%\r\n"], ["30%"]),
        ([b"\r 10%\r 20%"], [" 20%"]),
        (["ю".encode()[:1], "ю".encode()[1:] + b"\n"], ["ю"]),
        ([b"\xff\xfe\n"], ["\ufffd\ufffd"]),
        ([b"a\0b\n"], ["a\ufffdb"]),
        ([b"\x1e\n", b"a\x1eb\n"], ["\x1e", "a\x1eb"]),
        ([MARK], [MARK.decode()]),
        ([MARK[:5]], [MARK[:5].decode()]),
        ([b"\x0b\x0c\x85\xe2\x80\xa8\n"], ["\x0b\x0c\ufffd\u2028"]),
    ],
)
def test_stdout(blocks, texts):
    if blocks == [MARK]:  # a record that never came to its end
        assert lines(*blocks) == []
    else:
        assert stdout(*blocks) == texts


def test_records_come_between_the_lines_of_stdout():
    assert lines(
        b"one\n" + record("log", "warning", "two") + record("stderr", "info", "three") + b"four\n"
    ) == [
        ("stdout", "info", "one"),
        ("log", "warning", "two"),
        ("stderr", "info", "three"),
        ("stdout", "info", "four"),
    ]


def test_a_line_goes_on_after_a_record():
    assert lines(b"..", record("log", "info", "between"), b".. done\n") == [
        ("log", "info", "between"),
        ("stdout", "info", ".... done"),
    ]


def test_a_record_may_end_the_line_before_it():
    assert lines(b"no newline" + MARK + END_LINE + b"\n" + record("stderr", "error", "E")) == [
        ("stdout", "info", "no newline"),
        ("stderr", "error", "E"),
    ]


def test_a_long_record_comes_in_parts():
    parts = [record("log", "info", "a" * 4000, more=True) for _ in range(3)]

    assert lines(*parts, b"x\n", record("log", "info", "end")) == [
        ("stdout", "info", "x"),
        ("log", "info", "a" * 12000 + "end"),
    ]


def test_neighbours_of_a_kind_share_a_batch():
    decoder = Decoder(WORD)
    block = b"".join(record("log", "info", str(n)) for n in range(100)) + b"x\ny\n"
    batches = decoder.feed(block, 5.0)

    assert [(b.at, b.stream, len(b.texts)) for b in batches] == [
        (5.0, "log", 100),
        (5.0, "stdout", 2),
    ]


@pytest.mark.parametrize("character", ["x", "ю", "😀"])
def test_a_line_without_end_is_cut(character):
    size = 3 * LONGEST_LINE
    data = (character * size).encode()
    pieces = stdout(*(data[n : n + 60_000] for n in range(0, len(data), 60_000)), b"\nnext\n")

    assert pieces[-1] == "next"
    assert "".join(pieces[:-1]).replace(CUT, "") == character * size
    assert all(piece.endswith(CUT) for piece in pieces[:-2])
    assert all(len(piece) <= LONGEST_LINE + 1 for piece in pieces)


def test_a_bar_drawn_for_ever_stays_small():
    decoder = Decoder(WORD)
    for n in range(3000):
        assert decoder.feed(f"\r{n:5d} of 3000 {'#' * 80}".encode(), 1.0) == []
    assert decoder.feed(b"\n", 1.0)[0].texts == [f" 2999 of 3000 {'#' * 80}"]


def test_it_does_not_matter_where_blocks_are_cut():
    chance = random.Random(7)
    pieces = [piece for n in range(40) for piece in chance.sample(_pieces(n), 8)]
    data = b"".join(pieces)
    expected = lines(data)
    for _ in range(50):
        cuts = sorted(chance.sample(range(len(data)), 40))
        blocks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert lines(*blocks) == expected


def _pieces(n: int) -> list[bytes]:
    return [
        f"line {n}\n".encode(),
        f"part {n} ".encode(),
        f"ю\r{n}\n".encode(),
        b"\x1e",
        record("log", "error", f"log {n}"),
        record("stderr", "info", f"long {n}", more=True),
        record("stderr", "info", f"end {n}"),
        MARK + END_LINE + b"\n",
    ]
