"""The pages of schedules."""

from __future__ import annotations

import datetime as dt

import pytest

from samovar import clock
from samovar.models import Run, Schedule, Source
from samovar.runtime.schedules.fire import fire
from tests.integration.web.conftest import Page

pytestmark = pytest.mark.integration

NEW = "/schedules/new/?job=long_process"


@pytest.fixture
def schedule(db):
    return Schedule.objects.create(
        name="count up",
        job="long_process",
        params={"num_seconds": 3},
        every=300.0,
        next_at=clock.now() + dt.timedelta(minutes=2),
    )


def sent(**changes: str) -> dict[str, str]:
    values = {
        "num_seconds": "3",
        "name": "night",
        "how": "every",
        "count": "5",
        "unit": "minutes",
        "cron": "",
        "at": "",
        "zone": "Europe/Berlin",
        "overlap": "skip",
        "catch_up": "none",
        "ends_at": "",
    } | changes
    return {
        name if name == "num_seconds" else f"_schedule-{name}": value
        for name, value in values.items()
    }


def test_the_list_says_when_in_words(client, russian, schedule):
    row = Page(client.get("/schedules/")).texts("tr")[1]
    assert "count up" in row
    assert "every 5 minutes" in row
    assert "каждые 5 минут" in Page(russian.get("/schedules/")).texts("tr")[1]


def test_an_empty_list_shows_how_to_begin(client, db):
    text = client.get("/schedules/").content.decode()
    assert "@schedule(every=timedelta(minutes=5))" in text
    assert "New schedule" in text


def test_nobody_who_lets_them_tick_is_said_with_the_command(client, schedule):
    assert "manage.py samovar worker" in client.get("/schedules/").content.decode()


def test_a_schedule_is_made_on_the_site(client, db):
    page = Page(client.get(NEW))
    assert {"num_seconds", "_schedule-cron"} <= {
        found.get("name") for found in page.attributes("input")
    }

    answer = client.post(NEW, sent())

    made = Schedule.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/schedules/{made.pk}/")
    assert (made.name, made.job, made.params, made.every) == (
        "night", "long_process", {"num_seconds": 3}, 300.0,
    )  # fmt: skip
    assert made.next_at > clock.now()
    assert made.origin == "site"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"how": "cron", "cron": "61 * * * *"}, "minute"),
        ({"how": "cron", "cron": "0 0 31 2 *"}, "day of the month"),
        ({"how": "cron", "cron": ""}, "five fields"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"count": "0"}, "greater than or equal to 1"),
        ({"count": ""}, "1 second to 366 days"),
        ({"count": "999999", "unit": "days"}, "1 second to 366 days"),
        ({"how": "at", "at": ""}, "Give a date and a time"),
        ({"how": "at", "at": "tomorrow"}, "Give a date and a time"),
        ({"how": "at", "at": "2027-03-28T02:30"}, "does not exist"),
        ({"how": "at", "at": "2020-01-01T12:00"}, "will not come any more"),
        ({"ends_at": "2020-01-01T12:00"}, "before the first time"),
        ({"name": ""}, "required"),
        ({"overlap": "often"}, "often"),
        ({"num_seconds": "0"}, "Must be at least 1"),
        ({"ends_at": "2027-03-28T02:30"}, "does not exist"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field(client, db, changes, words):
    answer = client.post(NEW, sent(**changes))
    assert answer.status_code == 422
    said = Page(answer).texts("p")
    assert any(words in text for text in said), said
    assert not Schedule.objects.exists()


def test_a_name_that_is_taken_is_refused(client, schedule):
    answer = client.post(NEW, sent(name="count up"))
    assert answer.status_code == 422
    assert Schedule.objects.count() == 1


def test_a_time_that_comes_twice_is_its_first(client, db):
    client.post(NEW, sent(how="at", at="2027-10-31T02:30"))
    assert Schedule.objects.get().at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)


def test_a_schedule_is_paused_and_resumed(client, schedule):
    client.post(f"{schedule.url}pause/")
    assert "Resume" in Page(client.get(schedule.url)).texts("button")
    client.post(f"{schedule.url}resumption/")
    schedule.refresh_from_db()
    assert schedule.paused_at is None


def test_a_run_is_started_now(client, schedule):
    answer = client.post(f"{schedule.url}runs/")
    run = Run.objects.get()
    assert answer["Location"] == run.url
    assert (run.source, run.params) == (Source.SCHEDULE, {"num_seconds": 3})


def test_the_page_shows_what_came_of_its_ticks_and_the_next_ones(client, schedule):
    Schedule.objects.update(next_at=clock.now() - dt.timedelta(seconds=1))
    fire(clock.now())
    page = Page(client.get(schedule.url))
    assert Run.objects.get().url in page.links()
    assert len(page.attributes("time")) == 3 + 1


def test_the_next_times_are_told_by_the_clocks_of_its_zone(client, schedule):
    at = dt.datetime(2027, 7, 1, 7, 30, tzinfo=dt.UTC)
    values = {"cron": "30 9 * * *", "zone": "Europe/Berlin", "next_at": at, "every": None}
    Schedule.objects.update(**values)
    assert client.get(schedule.url).content.decode().count("(09:30 Europe/Berlin)") == 3


def test_one_of_the_site_is_deleted_and_one_of_the_code_is_not(client, schedule):
    Schedule.objects.update(origin="code", name="count_users")
    assert client.post(f"{schedule.url}deletion/").status_code == 403
    Schedule.objects.update(origin="site")
    assert client.post(f"{schedule.url}deletion/")["Location"] == "/schedules/"
    assert not Schedule.objects.exists()


def test_one_that_the_code_declares_no_more_says_so_and_can_be_deleted(client, schedule):
    Schedule.objects.update(origin="code")
    assert "not declared any more" in client.get("/schedules/").content.decode()
    page = Page(client.get(schedule.url))
    assert any("ticks no more here" in text for text in page.texts("p"))
    assert "Delete the schedule" in page.texts("button")
    assert client.post(f"{schedule.url}deletion/")["Location"] == "/schedules/"


def test_one_of_celery_s_settings_is_shown(client, schedule):
    Schedule.objects.update(origin="celery", is_task=True, job="host.plain", params={"args": [7]})
    page = Page(client.get(schedule.url))
    assert any("CELERY_BEAT_SCHEDULE" in text for text in page.texts("dd"))
    assert "Run now" not in page.texts("button")
    assert "count up" in Page(client.get("/schedules/")).texts("tr")[1]


def test_a_zone_that_this_machine_does_not_know_is_said_on_the_pages(client, schedule):
    Schedule.objects.update(every=None, cron="0 9 * * *", zone="Mars/Olympus")
    for address in ("/schedules/", schedule.url):
        assert "no time zone “Mars/Olympus”" in client.get(address).content.decode()
    Schedule.objects.update(paused_at=clock.now())
    answer = client.post(f"{schedule.url}resumption/")
    assert answer.status_code == 409
    assert "Mars/Olympus" in answer.content.decode()


def test_an_unknown_schedule_is_a_page_with_the_way_back(client, db):
    assert client.get("/schedules/nothing/").status_code == 404
    assert client.post("/schedules/00000000-0000-7000-8000-000000000000/runs/").status_code == 404


def test_on_a_closed_site_a_person_sees_their_own(client, settings, schedule, django_user_model):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    anna = django_user_model.objects.create_user("anna")
    client.force_login(anna)
    assert client.get(schedule.url).status_code == 404
    Schedule.objects.update(owner=anna)
    assert client.get(schedule.url).status_code == 200
