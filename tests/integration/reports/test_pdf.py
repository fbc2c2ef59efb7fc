"""The activity digest: four pages that can be opened."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from chat.models import Message
from chat.rooms import make_room
from reports import pdf
from reports.activity import Period, messages, runs, users
from reports.tasks import activity_digest
from samovar.jobs.schedule import declared
from samovar.models import Run
from samovar.testing import inline
from tests.integration.chat.conftest import post  # noqa: F401 - a fixture

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


def test_its_pages_are_numbered_in_russian(life):
    noon = timezone.make_aware(dt.datetime.combine(dt.date(2026, 3, 4), dt.time(12)))
    Run.objects.create(job="long_process", state="failed", created_at=noon)
    with translation.override("ru"):
        paper = pdf.new_paper()
        paper.set_compression(False)
        for write in pdf.pages(PERIOD):
            write(paper)
        content = pdf.finish(paper)
    assert content.startswith(b"%PDF-")
    assert paper.page_no() == pdf.PAGES
    # Each character is two bytes of a font that is part of the file.
    assert b"/ToUnicode" in content
    assert content.count(b"/Subtype /Image") >= pdf.PAGES - 1


def test_the_staff_gets_it_by_mail(life, post, django_user_model):  # noqa: F811
    boss = {"is_staff": True, "email": "boss@example.org"}
    django_user_model.objects.create(username="boss", **boss)
    assert activity_digest.run(2)
    [letter] = post.letters
    [attachment] = letter.iter_attachments()
    assert attachment.get_filename() == "digest.pdf"
    assert attachment.get_content().startswith(b"%PDF-")
    assert "Activity digest" in letter["Subject"]


def test_without_staff_the_file_is_made(life, post, settings, tmp_path):  # noqa: F811
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path, "OPEN": True}
    with inline():
        run = activity_digest.submit().refresh()
    assert (run.state, post.letters) == ("succeeded", [])
    assert run.artifacts.get().name == "digest.pdf"
    assert run.progress_percent == 100


def test_it_starts_each_monday():
    [found] = [one for one in declared() if one.target == activity_digest.name]
    assert found.rhythm.expression == "0 9 * * 1"
