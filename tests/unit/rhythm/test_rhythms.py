"""When rhythms tick, also where the clocks change."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from samovar.rhythm import Cron, Every, InvalidRhythm, Once, instant_of, words

pytestmark = pytest.mark.unit

BERLIN = "Europe/Berlin"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def ticks(rhythm, start: str, count: int) -> list[str]:
    found, tick = [], at(start)
    for _ in range(count):
        tick = rhythm.after(tick)
        found.append(f"{tick:%Y-%m-%d %H:%M:%S}")
    return found


def test_an_interval_is_counted_from_the_epoch():
    assert ticks(Every(300), "2026-01-01T12:01:07", 2) == [
        "2026-01-01 12:05:00",
        "2026-01-01 12:10:00",
    ]
    assert Every(300).before(at("2026-01-01T12:05:00")) == at("2026-01-01T12:05:00")


def test_cron_ticks_by_the_clocks_of_its_zone():
    assert ticks(Cron("0 9 * * 1-5", "Europe/Moscow"), "2026-01-02T07:00:00", 2) == [
        "2026-01-05 06:00:00",
        "2026-01-06 06:00:00",
    ]


def test_a_time_that_the_clocks_skip_ticks_after_the_gap_and_not_twice():
    assert ticks(Cron("30 2 * * *", BERLIN), "2026-03-28T12:00:00", 2) == [
        "2026-03-29 01:00:00",
        "2026-03-30 00:30:00",
    ]


def test_a_time_that_comes_twice_ticks_once():
    assert ticks(Cron("30 2 * * *", BERLIN), "2026-10-24T12:00:00", 2) == [
        "2026-10-25 00:30:00",
        "2026-10-26 01:30:00",
    ]


def test_every_ten_minutes_ticks_through_the_hour_that_comes_twice():
    found = ticks(Cron("*/30 * * * *", BERLIN), "2026-10-24T23:59:00", 6)
    assert [text[-8:-3] for text in found] == [
        "00:00",
        "00:30",
        "01:00",
        "01:30",
        "02:00",
        "02:30",
    ]


def test_the_last_tick_before_an_instant():
    rhythm = Cron("0 9 * * *", "UTC")
    assert rhythm.before(at("2026-01-02T08:59:59")) == at("2026-01-01T09:00:00")
    assert rhythm.before(at("2026-01-02T09:00:00")) == at("2026-01-02T09:00:00")


def test_a_leap_day_comes_in_its_year():
    assert ticks(Cron("0 0 29 2 *"), "2026-01-01T00:00:00", 1) == ["2028-02-29 00:00:00"]


def test_once_ticks_once():
    rhythm = Once(at("2026-01-01T00:00:00"))
    assert rhythm.after(at("2025-12-31T00:00:00")) == rhythm.at
    assert rhythm.after(rhythm.at) is None
    assert rhythm.before(at("2025-12-31T00:00:00")) is None


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("61 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("0 0 31 2 *", "day of the month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 8", "day of the week"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("", "five fields"),
        ("every day please ok now", "minute"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
    ],
)
def test_a_cron_that_cannot_be_used_is_refused_by_its_part(expression, part):
    with pytest.raises(InvalidRhythm, match=part) as refused:
        Cron(expression)
    assert refused.value.field == "cron"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "x" * 300])
def test_a_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(InvalidRhythm, match="time zone") as refused:
        Cron("* * * * *", name)
    assert refused.value.field == "zone"


@pytest.mark.parametrize("seconds", [0, 0.5, -5, float("inf"), float("nan"), 1e12])
def test_an_interval_out_of_bounds_is_refused(seconds):
    with pytest.raises(InvalidRhythm, match="1 second to 366 days"):
        Every(seconds)


def test_a_local_time_means_an_instant():
    local = dt.datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - what a person typed
    assert instant_of(local, BERLIN) == at("2026-07-01T10:00:00")


def test_a_local_time_that_the_clocks_skip_is_refused():
    with pytest.raises(InvalidRhythm, match=r"does not exist.*03:30"):
        instant_of(dt.datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001 - likewise


def test_a_local_time_that_comes_twice_is_its_first():
    local = dt.datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - likewise
    assert instant_of(local, BERLIN) == at("2026-10-25T00:30:00")


@pytest.mark.parametrize(
    ("rhythm", "english", "russian"),
    [
        (Every(300), "every 5 minutes", "каждые 5 минут"),
        (Every(60), "every minute", "каждую минуту"),
        (Every(2), "every 2 seconds", "каждые 2 секунды"),
        (Every(1.5), "every 1.5 s", "каждые 1,5 с"),
        (Every(3600), "every hour", "каждый час"),
        (Every(7200), "every 2 hours", "каждые 2 часа"),
        (Every(86400), "every day", "каждый день"),
        (Every(21 * 60), "every 21 minutes", "каждую 21 минуту"),
        (Cron("*/5 * * * *"), "every 5 minutes", "каждые 5 минут"),
        (Cron("5 * * * *"), "every hour at minute 05", "каждый час в :05"),
        (Cron("0 */6 * * *"), "every 6 hours", "каждые 6 часов"),
        (Cron("30 9 * * *"), "every day at 09:30", "каждый день в 09:30"),
        (Cron("0 9 * * mon-fri"), "on weekdays at 09:00", "по будням в 09:00"),
        (Cron("0 9 * * 1"), "on Mondays at 09:00", "по понедельникам в 09:00"),
        (Cron("0 9 * * sun"), "on Sundays at 09:00", "по воскресеньям в 09:00"),
        (Cron("@weekly"), "on Sundays at 00:00", "по воскресеньям в 00:00"),
        (
            Cron("0 0 1 * *"),
            "on day 1 of each month at 00:00",
            "1-го числа каждого месяца в 00:00",
        ),
        (Cron("1,2 3 * 4 5"), "by cron: 1,2 3 * 4 5", "по cron: 1,2 3 * 4 5"),
        (
            Once(dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)),
            "once, on 1 March 2026 at 09:00",
            "один раз, 1 марта 2026 в 09:00",
        ),
    ],
)
def test_a_rhythm_in_words(rhythm, english, russian):
    with translation.override("en"):
        assert words(rhythm) == english
    with translation.override("ru"):
        assert words(rhythm) == russian
