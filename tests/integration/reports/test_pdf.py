"""The activity digest: four pages that can be read, in both languages, of any period."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.utils import timezone, translation
from pypdf import PdfReader

from chat.models import Message
from chat.rooms import make_room
from reports import pdf
from reports.activity import Period, messages, runs, users
from reports.tasks import activity_digest
from samovar.jobs.schedule import declared
from samovar.models import Run
from samovar.testing import inline

pytestmark = pytest.mark.integration

PERIOD = Period(dt.date(2026, 3, 2), dt.date(2026, 3, 8))


@pytest.fixture
def life(transactional_db, django_user_model) -> None:
    """Make a person on Tuesday who writes twice on Wednesday."""
    day = timezone.make_aware(dt.datetime.combine(dt.date(2026, 3, 3), dt.time(12)))
    anna = django_user_model.objects.create_user("anna", date_joined=day)
    room = make_room(anna, "Tea")
    for text in ("a", "b"):
        Message.objects.create(
            room=room, author=anna, text=text, created_at=day + dt.timedelta(days=1)
        )


def test_days_are_counted(life):
    assert list(users(PERIOD).values()) == [0, 1, 1, 1, 1, 1, 1]
    assert list(messages(PERIOD).values()) == [0, 0, 2, 0, 0, 0, 0]
    assert not runs(PERIOD)
    noon = timezone.make_aware(dt.datetime.combine(dt.date(2026, 3, 4), dt.time(12)))
    Run.objects.create(job="long_process", state="failed", created_at=noon)
    assert runs(PERIOD) == {("long_process", "failed"): 1}


def digest(language: str) -> PdfReader:
    """Write the digest of the period and open it."""
    with translation.override(language):
        paper = pdf.new_paper()
        for write in pdf.pages(PERIOD):
            write(paper)
        return PdfReader(io.BytesIO(pdf.finish(paper)))


def text_of(file: PdfReader) -> list[list[str]]:
    """Return the lines of each page."""
    return [[line.strip() for line in page.extract_text().splitlines()] for page in file.pages]


RUSSIAN = [
    ["Сводка активности", "2 марта 2026 г. — 8 марта 2026 г."],
    [
        "Запуски по заданиям и исходам",
        "Запуски, созданные за этот период, по их нынешнему состоянию. Всего: 1.",
    ],
    [
        "Пользователи по дням",
        "Сколько пользователей было в конце каждого дня. В последний день: 1.",
    ],
    ["Сообщения в чате по дням", "Сколько сообщений написали в каждый день. Всего: 2."],
]
ENGLISH = [
    ["Activity digest", "March 2, 2026 — March 8, 2026"],
    [
        "Runs by job and outcome",
        "Runs that were asked for in this period, by their state now. In all: 1.",
    ],
    [
        "Users per day",
        "How many users there were at the end of each day. On the last one: 1.",
    ],
    ["Chat messages per day", "How many messages were written on each day. In all: 2."],
]


@pytest.mark.parametrize(
    ("language", "pages", "foot"),
    [("ru", RUSSIAN, "Страница {} из 4"), ("en", ENGLISH, "Page {} of 4")],
)
def test_its_pages_say_what_they_count_and_are_numbered(life, caplog, language, pages, foot):
    noon = timezone.make_aware(dt.datetime.combine(dt.date(2026, 3, 4), dt.time(12)))
    Run.objects.create(job="long_process", state="failed", created_at=noon)
    file = digest(language)
    numbered = [[*page, foot.format(number)] for number, page in enumerate(pages, 1)]
    assert text_of(file) == numbered
    assert [len(page.images) for page in file.pages] == [0, 1, 1, 1]
    assert not caplog.records  # a character that the font lacks would be named here


def test_its_fonts_are_part_of_the_file(life):
    fonts = [font.get_object() for font in digest("ru").pages[0]["/Resources"]["/Font"].values()]
    assert len(fonts) == 2
    for font in fonts:
        [inner] = font["/DescendantFonts"]
        assert "/FontFile2" in inner.get_object()["/FontDescriptor"]


def test_a_character_that_the_font_lacks_would_be_missed(caplog):
    paper = pdf.new_paper()
    paper.add_page()
    paper.set_font("DejaVu", size=11)
    paper.cell(text="漢")
    pdf.finish(paper)
    assert "missing the following glyphs" in caplog.text


def test_nothing_happened_is_said(db):
    assert any("In all: 0." in line for line in text_of(digest("en"))[1])


TODAY = dt.date(2026, 3, 9)


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        (None, None, PERIOD),
        (dt.date(2026, 3, 8), None, Period(dt.date(2026, 3, 8), dt.date(2026, 3, 8))),
        (None, dt.date(2026, 1, 7), Period(dt.date(2026, 1, 1), dt.date(2026, 1, 7))),
        (
            dt.date(2024, 1, 1),
            dt.date(2024, 12, 31),
            Period(dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
        ),
    ],
)
def test_any_period_can_be_asked_for(first, last, period):
    assert Period.of(first, last, TODAY) == period


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2026, 3, 9), dt.date(2026, 3, 8)),
        (dt.date(2026, 3, 9), None),
        (dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
    ],
)
def test_a_period_that_cannot_be_is_refused(first, last):
    with pytest.raises(ValueError, match="1 to 366 days"):
        Period.of(first, last, TODAY)


def test_it_is_started_from_the_catalogue_for_a_period(life, admin_client, settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path, "OPEN": True}
    with inline():
        answer = admin_client.post(
            "/jobs/activity_digest/", {"first": "2026-03-02", "last": "2026-03-08"}
        )
        assert answer.status_code == 303
        run = Run.objects.get().refresh()
    assert (run.state, run.result) == ("succeeded", "2026-03-02 — 2026-03-08")


def test_the_staff_gets_it_by_mail(life, post, django_user_model):
    boss = {"is_staff": True, "email": "boss@example.org"}
    django_user_model.objects.create(username="boss", **boss)
    assert activity_digest.run()
    [letter] = post.letters
    [attachment] = letter.iter_attachments()
    assert attachment.get_filename() == "digest.pdf"
    assert attachment.get_content().startswith(b"%PDF-")
    assert "Activity digest" in letter["Subject"]


def test_without_staff_the_file_is_made(life, post, settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path, "OPEN": True}
    with inline():
        run = activity_digest.submit().refresh()
    assert (run.state, post.letters) == ("succeeded", [])
    assert run.artifacts.get().name == "digest.pdf"
    assert run.progress_percent == 100


def test_it_starts_each_monday():
    [found] = [one for one in declared() if one.target == activity_digest.name]
    assert found.rhythm.expression == "0 9 * * 1"
