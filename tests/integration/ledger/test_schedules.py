"""Schedules tick once, and what was missed is treated as they say."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from samovar import clock, rhythm, transactions
from samovar.exceptions import InvalidJob
from samovar.jobs.schedule import Declaration, schedule
from samovar.models import Origin, Run, RunState, Schedule, Source, Tick
from samovar.runtime.cancel import cancel
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.schedules.fire import KEPT, fire, next_at, run_now
from samovar.runtime.schedules.takeover import take_over
from samovar.runtime.upkeep.scheduler import Scheduler
from tests.integration.ledger.jobs import counted, keyless, lone

pytestmark = pytest.mark.integration

NOON = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)


def later(**delta: float) -> dt.datetime:
    return NOON + dt.timedelta(**delta)


@pytest.fixture
def make(transactional_db):
    """Make a schedule of every minute that ticks at noon for the first time."""

    def make_it(**values) -> Schedule:
        values = {
            "name": "every minute",
            "job": counted.name,
            "params": {"number": 7},
            "every": 60.0,
            "next_at": NOON,
        } | values
        return Schedule.objects.create(**values)

    return make_it


def outcomes(one: Schedule) -> list[tuple[str, str]]:
    rows = one.ticks.order_by("at")
    return [(f"{tick.at:%H:%M:%S}", tick.outcome) for tick in rows]


def test_a_tick_starts_a_run_with_the_params_and_the_owner(make, django_user_model):
    anna = django_user_model.objects.create_user("anna")
    one = make(owner=anna)
    assert fire(later(seconds=-1)) == []

    [fired] = fire(later(seconds=0.5))

    run = Run.objects.get()
    assert fired.tick.run_id == run.pk
    assert (run.job, run.params, run.owner, run.source, run.state) == (
        counted.name, {"number": 7}, anna, Source.SCHEDULE, RunState.QUEUED,
    )  # fmt: skip
    one.refresh_from_db()
    assert one.next_at == later(minutes=1)
    assert fire(later(seconds=0.6)) == []


def test_many_who_look_at_once_have_each_tick_once(make):
    one = make(every=1.0, overlap="queue")
    now = later(seconds=9.5)
    go, had = threading.Barrier(4), []

    def look() -> None:
        go.wait()
        try:
            for _ in range(5):
                with transactions.write():
                    fired = fire(now)
                had.extend(one.tick.at for one in fired)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(had) == [later(seconds=n) for n in range(10)]
    assert Run.objects.count() == Tick.objects.count() == 10
    one.refresh_from_db()
    assert one.next_at == later(seconds=10)


def test_a_tick_while_the_earlier_run_lasts_is_skipped(make):
    one = make()
    fire(later(seconds=1))
    fire(later(minutes=1, seconds=1))
    assert cancel(Run.objects.get())
    fire(later(minutes=2, seconds=1))
    assert outcomes(one) == [
        ("12:00:00", "started"), ("12:01:00", "skipped"), ("12:02:00", "started"),
    ]  # fmt: skip


def test_a_tick_replaces_the_earlier_run(make):
    make(overlap="replace")
    fire(later(seconds=1))
    first = Run.objects.get()
    fire(later(minutes=1))
    assert first.refresh().state == RunState.CANCELLED
    assert Run.objects.filter(state=RunState.QUEUED).count() == 1


def test_ticks_queue_up_where_the_schedule_says_so(make):
    make(overlap="queue")
    fire(later(seconds=1))
    fire(later(minutes=1))
    assert Run.objects.filter(state=RunState.QUEUED).count() == 2


def test_ticks_of_a_time_when_nobody_was_there_are_let_go(make):
    one = make(every=300.0)
    assert fire(later(hours=1, minutes=3)) == []
    one.refresh_from_db()
    assert one.next_at == later(hours=1, minutes=5)
    assert outcomes(one) == [("12:00:00", "missed")]
    assert not Run.objects.exists()


def test_the_last_missed_tick_is_made_up_for_where_the_schedule_says_so(make):
    one = make(every=300.0, catch_up="last")
    fire(later(hours=1, minutes=3))
    assert outcomes(one) == [("12:00:00", "missed"), ("13:00:00", "started")]
    assert Run.objects.count() == 1


def test_a_year_of_missed_minutes_takes_no_time(make):
    make(every=None, cron="* * * * *", catch_up="last")
    [fired] = fire(later(days=365, seconds=30))
    assert fired.tick.at == later(days=365)


def test_a_missed_time_of_once_is_made_up_for(make):
    one = make(every=None, at=NOON, catch_up="last")
    fire(later(hours=5))
    one.refresh_from_db()
    assert (one.next_at, outcomes(one)) == (None, [("12:00:00", "started")])


def test_a_schedule_ends(make):
    one = make(ends_at=later(minutes=1))
    for minute in range(4):
        fire(later(minutes=minute, seconds=1))
        Run.objects.update(state=RunState.SUCCEEDED)
    one.refresh_from_db()
    assert (one.next_at, len(outcomes(one))) == (None, 2)


def test_a_paused_schedule_does_not_tick_and_makes_up_for_nothing(make):
    one = make(catch_up="last")
    one.pause(now=NOON)
    assert fire(later(minutes=5)) == []
    one.resume(now=later(minutes=5, seconds=1))
    one.refresh_from_db()
    assert one.next_at == later(minutes=6)
    assert fire(later(minutes=5, seconds=2)) == []


def test_a_job_that_is_not_known_here_is_left_to_others(make):
    one = make(job="of_a_newer_version")
    assert fire(later(seconds=1)) == []
    one.refresh_from_db()
    assert one.next_at == NOON


def test_params_that_do_not_fit_any_more_are_said_and_the_schedule_goes_on(make):
    one = make(params={"number": "many"})
    [fired] = fire(later(seconds=1))
    assert fired.tick.outcome == "refused"
    assert "number" in fired.tick.reason
    one.refresh_from_db()
    assert one.next_at == later(minutes=1)


def test_a_zone_that_is_not_known_here_pauses_the_schedule(make):
    one = make(every=None, cron="* * * * *", zone="Mars/Olympus")
    [fired] = fire(later(seconds=1))
    assert "Mars/Olympus" in fired.tick.reason
    one.refresh_from_db()
    assert one.paused_at


def test_an_equal_run_that_has_not_ended_is_not_started_again(make):
    one = make(job=lone.name, params={}, overlap="queue")
    fire(later(seconds=1))
    fire(later(minutes=1, seconds=1))
    assert outcomes(one) == [("12:00:00", "started"), ("12:01:00", "skipped")]
    assert Run.objects.count() == 1


def test_a_job_whose_key_cannot_be_made_does_not_hold_up_the_others(make, caplog):
    bad = make(job=keyless.name, next_at=later(seconds=-1))
    good = make(name="good")
    fire(later(seconds=1))
    assert outcomes(good) == [("12:00:00", "started")]
    assert {outcome for _, outcome in outcomes(bad)} == {"refused"}
    assert "no such room" in bad.ticks.first().reason
    assert "could not start its run" in caplog.text


def test_what_is_declared_no_more_ticks_no_more(make):
    one = make(origin=Origin.CODE)
    assert fire(later(seconds=1)) == []
    assert next_at() is None
    assert next_at([one.name]) == NOON
    assert len(fire(later(seconds=1), [one.name])) == 1


def test_old_ticks_are_forgotten_and_their_runs_kept(make):
    one = make(overlap="queue")
    old = [Tick(schedule=one, at=later(minutes=-n), outcome="started") for n in range(1, KEPT + 5)]
    Tick.objects.bulk_create(old)
    fire(later(seconds=1))
    assert one.ticks.count() == KEPT
    assert one.ticks.order_by("at").last().at == NOON


def test_a_run_can_be_started_beside_the_ticks(make):
    one = make()
    run = run_now(one)
    assert (run.params, run.source) == ({"number": 7}, Source.SCHEDULE)
    one.refresh_from_db()
    assert one.next_at == NOON


def test_declared_schedules_become_rows_and_follow_the_code(transactional_db):
    end = later(days=1)
    declared = Declaration("d", counted.name, rhythm.Every(300), {"number": 1}, until=end)
    take_over([declared], Origin.CODE, NOON)
    row = Schedule.objects.get()
    assert (row.every, row.next_at, row.origin) == (300.0, later(minutes=5), "code")
    assert row.ends_at == end
    row.pause(now=NOON)

    take_over([declared], Origin.CODE, later(minutes=9))
    assert Schedule.objects.get().next_at == later(minutes=5)

    changed = Declaration("d", counted.name, rhythm.Cron("30 * * * *"), {"number": 1})
    take_over([changed], Origin.CODE, later(minutes=9))
    row = Schedule.objects.get()
    assert (row.cron, row.every, row.next_at) == ("30 * * * *", None, later(minutes=30))
    assert row.paused_at


def test_a_name_that_a_person_has_taken_stays_theirs(make):
    make(name="d", origin=Origin.SITE)
    take_over([Declaration("d", "another", rhythm.Every(9))], Origin.CODE, NOON)
    assert Schedule.objects.get().job == counted.name


def test_the_upkeep_lets_schedules_tick(make, ledger: LedgerThread):
    make()
    assert Scheduler(ledger).run_once(later(seconds=1)).ticks == 1
    assert Run.objects.filter(job=counted.name).exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either"),
        ({"every": dt.timedelta(minutes=1), "cron": "* * * * *"}, "either"),
        ({"every": dt.timedelta(0)}, "1 second"),
        ({"every": dt.timedelta(minutes=1), "zone": "UTC"}, "no time zone"),
        ({"cron": "61 * * * *"}, "minute"),
        ({"cron": "* * * * *", "zone": "Nowhere"}, "time zone"),
        ({"cron": "* * * * *", "params": {"number": "x"}}, "number"),
        ({"cron": "* * * * *", "params": {"other": 1}}, "other"),
        ({"cron": "* * * * *", "overlap": "often"}, "'skip', 'queue', 'replace'"),
        ({"cron": "* * * * *", "catch_up": "all"}, "'none', 'last'"),
        ({"cron": "* * * * *", "until": dt.datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(options, message):
    with pytest.raises(InvalidJob, match=message):
        schedule(**options)(counted)


def test_a_function_that_is_no_job_is_refused():
    with pytest.raises(InvalidJob, match="@job"):
        schedule(cron="* * * * *")(lambda: None)


def test_now_is_the_clock_of_the_process(make, ledger: LedgerThread):
    make(next_at=clock.now() - dt.timedelta(seconds=1))
    assert Scheduler(ledger).run_once().ticks == 1
