"""The showcase's jobs that take files: what is good is used, what is bad is named."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from samovar.models import Run
from samovar.runtime import files
from samovar.testing import inline
from showcase import archives, tables
from showcase.jobs import import_prices, profile_csv, thumbnails

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(transactional_db, settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    return tmp_path


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 300)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, kind)
    return target.getvalue()


def archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> SimpleUploadedFile:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as zipped:
        for name, content in entries.items():
            zipped.writestr(name, content)
    return SimpleUploadedFile("pictures.zip", target.getvalue(), "application/zip")


def performed(job, **params) -> Run:
    with inline():
        return job.submit(**params).refresh()


def artifact(run: Run, name: str) -> bytes:
    with files.storage().open(run.artifacts.get(name=name).path) as file:
        return file.read()


def test_pictures_become_thumbnails_and_a_sheet(folder):
    sent = {"a.png": picture(), "чай/б.jpg": picture("JPEG"), "c.webp": picture("WEBP")}
    run = performed(thumbnails, archive=archive(sent), size=64)

    assert run.result == {"made": 3, "skipped": {}}
    with zipfile.ZipFile(io.BytesIO(artifact(run, "thumbnails.zip"))) as zipped:
        assert zipped.namelist() == ["0001-a.png", "0002-б.png", "0003-c.png"]
        with Image.open(zipped.open("0001-a.png")) as small:
            assert small.size == (64, 48)
    with Image.open(io.BytesIO(artifact(run, "contact-sheet.png"))) as sheet:
        assert sheet.size == (2 * 76 + 12, 2 * 94 + 12)
    assert run.progress_percent == 100


BAD = {
    "page.png": (b"<html><script>alert(1)</script></html>", "it is no picture"),
    "empty.png": (b"", "it is empty"),
    "../up.png": (picture(), "its name leads out of the archive"),
    "/etc/root.png": (picture(), "its name leads out of the archive"),
    "..\\win.png": (picture(), "its name leads out of the archive"),
    "bomb.png": (b"\0" * 5_000_000, "it unpacks to more than 200 times its size"),
    "cut.png": (picture()[:60], "it is damaged"),
    "a.svg": (b"<svg onload='alert(1)'/>", "it is no picture"),
}


def test_what_is_bad_is_named_and_left_out(folder):
    sent = {"good.png": picture(), **{name: content for name, (content, _why) in BAD.items()}}
    run = performed(thumbnails, archive=archive(sent))

    assert (run.state, run.result["made"]) == ("succeeded", 1)
    assert run.result["skipped"].keys() == BAD.keys()
    for name, (_content, why) in BAD.items():
        assert run.result["skipped"][name].startswith(why), name
    assert list(folder.rglob("*.png")) == []


def test_a_picture_of_too_many_pixels_is_never_unpacked():
    content = bytearray(picture())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    told = thumbnails.run(archive({"a.png": picture(), "b.png": bytes(content)}))
    assert told["skipped"]["b.png"] == "it has more than 50000000 pixels"


def test_an_archive_that_lies_of_its_sizes_is_not_believed():
    sent = archive({"a.png": b"x" * 300_000}, zipfile.ZIP_STORED)
    lie = sent.read().replace(struct.pack("<I", 300_000), struct.pack("<I", 300), 10)
    with zipfile.ZipFile(io.BytesIO(lie)) as zipped, pytest.raises(archives.Skipped):
        archives.read(zipped, zipped.infolist()[0])


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (SimpleUploadedFile("a.zip", b"<html>"), "This is no zip archive"),
        (SimpleUploadedFile("a.zip", picture()), "This is no zip archive"),
        (archive({}), "The archive is empty"),
        (archive({"a.png": b"no"}), "No picture could be read"),
        (archive({str(n): b"" for n in range(1001)}), "at most 1000 are taken"),
        (archive({"a.png": bytes(range(256)) * 4, "b.png": b"b"}), "Unpacked, the archive has 1"),
    ],
    ids=["html", "picture", "nothing", "no-picture", "many", "large"],
)
def test_an_archive_is_refused_in_clear_words(sent, words, monkeypatch):
    monkeypatch.setattr(archives, "MOST_IN_ALL", 1024)
    sent.seek(0)
    with pytest.raises(ValueError, match=words):
        thumbnails.run(sent)


def test_a_refusal_is_the_run_s_error(folder):
    run = performed(thumbnails, archive=SimpleUploadedFile("a.zip", b"<html>"))
    assert (run.state, run.error["type"]) == ("failed", "ValueError")
    assert "This is no zip archive" in run.error["message"]


TEXT = "город;людей;дата;цена\nТверь;420;2026-01-31;1,5\nОрёл;;2026-02-01;2,5\nКурск;450;;x\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866"])
def test_a_table_is_read_in_its_encoding(encoding):
    told = profile_csv.run(SimpleUploadedFile("towns.csv", TEXT.encode(encoding)))

    assert (told["encoding"], told["delimiter"], told["rows"]) == (encoding, ";", 3)
    columns = told["columns"]
    assert [column["name"] for column in columns] == ["город", "людей", "дата", "цена"]
    assert [column["type"] for column in columns] == ["text", "integer", "date", "text"]
    assert [column["missing"] for column in columns] == [0, 1, 1, 0]
    assert columns[1].items() >= {"least": 420, "most": 450}.items()


def test_a_column_of_numbers_has_a_histogram(folder):
    run = performed(profile_csv, table=SimpleUploadedFile("towns.csv", TEXT.encode("cp1251")))
    assert (run.state, run.result["encoding"]) == ("succeeded", "cp1251")
    assert [file.name for file in run.artifacts.all()] == [
        "columns.csv",
        "histogram-01.png",
    ]
    assert "людей,integer,1,2,420,450" in artifact(run, "columns.csv").decode().splitlines()
    assert artifact(run, "histogram-01.png").startswith(b"\x89PNG")


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_found(delimiter):
    rows = [["a b", "c,d" if delimiter != "," else "c", "1"]] * 3
    assert tables.delimiter_of("\n".join(delimiter.join(row) for row in rows)) == delimiter


def test_a_head_that_ends_within_a_character_is_still_utf_8():
    head = "чай".encode()[:-1]
    assert tables.encoding_of(head, is_whole=False) == "utf-8"
    assert tables.encoding_of("café".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (picture(), "This is no text but a binary file"),
        (b"\n \n", "it has no text"),
        (b",".join(b"a" for _ in range(201)), "at most 200 are taken"),
        (b'a,b\n1,"' + b"x" * 200_000, "Row 2 is no row of a table"),
    ],
    ids=["binary", "blank", "wide", "long"],
)
def test_what_is_no_table_is_refused_in_clear_words(content, words):
    with pytest.raises(ValueError, match=words):
        profile_csv.run(SimpleUploadedFile("a.csv", content))


def test_rows_of_another_length_are_counted():
    told = profile_csv.run(SimpleUploadedFile("a.csv", b"a,b\n1\n1,2,3\n1,2\n"))
    assert (told["rows"], told["ragged_rows"]) == (3, 2)


def test_a_job_fails_with_the_remedy_and_a_table_of_faults(folder):
    run = performed(import_prices)
    assert (run.state, run.error["type"]) == ("failed", "BadLines")
    assert run.error["message"].startswith("3 lines of 4 cannot be taken")
    assert artifact(run, "faults.csv").decode().splitlines()[1].startswith("2,Black tea; four,")
    mended = performed(import_prices, prices="Green tea; 4.50\nLemon; 1")
    assert mended.result == {"prices": 2}
