"""Celery's canvas over jobs: rows that wait, on a real worker to the end."""

from __future__ import annotations

import json

import pytest
from celery import chain, chord, group, shared_task

from samovar.exceptions import UnsupportedOption
from samovar.models import Group, Run
from showcase.jobs import add_up, throw_dice
from tests.integration.engine.test_worker import Worker, worker  # noqa: F401 - a fixture

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["doorbell", pytest.param("redis", marks=pytest.mark.long)])
def broker(request) -> str | None:
    """Name the brokers for the worker."""
    return None if request.param == "doorbell" else request.getfixturevalue("redis_server")


@shared_task(name="plain_tea")
def plain_tea(*_args):
    """Be no job."""


def _follower_of(run: Run) -> Run:
    return Run.objects.get(follows=run)


def test_a_chain_stands_in_the_ledger_with_the_ids_that_celery_gives():
    result = chain(throw_dice.s(1), throw_dice.s(), throw_dice.si(3)).apply_async()

    first = Run.objects.get(follows=None)
    second = _follower_of(first)
    third = _follower_of(second)
    assert [str(run.pk) for run in (third, second, first)] == [
        result.id,
        result.parent.id,
        result.parent.parent.id,
    ]
    assert [(run.takes, run.params) for run in (second, third)] == [
        ("dice", {}),
        ("", {"dice": 3}),
    ]
    assert result.state == "PENDING"


def test_links_follow_success_and_failure():
    throw_dice.apply_async([1], link=throw_dice.s(), link_error=add_up.si([1]))

    first = Run.objects.get(follows=None)
    followers = {run.job: run for run in Run.objects.filter(follows=first)}
    assert not followers["throw_dice"].follows_failure
    assert followers["add_up"].follows_failure


def test_a_chord_is_a_group_and_a_body_that_waits_for_it():
    result = chord(throw_dice.s(n) for n in (1, 2, 3))(add_up.s())

    made = Group.objects.get()
    body = Run.objects.get(follows_group=made)
    assert (str(body.pk), body.takes) == (result.id, "numbers")
    assert [str(run.pk) for run in made.runs.order_by("created_at")] == made.parts
    assert made.size == 3


def test_a_chord_after_a_job_and_a_job_after_a_chord():
    header = group(throw_dice.s(), throw_dice.si(2) | throw_dice.s())
    (throw_dice.s(1) | header | add_up.s() | throw_dice.si(6)).apply_async()

    first = Run.objects.get(state="queued")
    assert Run.objects.filter(follows=first).count() == 2
    made = Group.objects.get()
    assert (made.size, made.runs.count()) == (2, 2)
    body = Run.objects.get(follows_group=made)
    assert _follower_of(body).params == {"dice": 6}


def test_a_plain_group_is_a_number_of_runs():
    result = group(throw_dice.s(1), throw_dice.s(2))()

    assert {str(run.pk) for run in Run.objects.all()} == {each.id for each in result}


@pytest.mark.parametrize(
    "canvas",
    [
        throw_dice.s(1) | plain_tea.s(),
        throw_dice.s(1) | plain_tea.s() | throw_dice.s(),
        throw_dice.s(1) | group(throw_dice.s(), plain_tea.s()) | add_up.s(),
        chord([throw_dice.s(1), throw_dice.s(2)], plain_tea.s()),
        chord([throw_dice.s(1), plain_tea.s(2)], add_up.s()),
        throw_dice.s(1).set(link=plain_tea.s()),
        throw_dice.s(1).set(link_error=plain_tea.s()),
        throw_dice.s(1) | throw_dice.s().set(countdown=5),
    ],
)
def test_what_cannot_wait_is_refused_by_name_and_nothing_is_stored(canvas):
    with pytest.raises(UnsupportedOption, match=r"plain|countdown"):
        canvas.apply_async()

    assert not Run.objects.exists()
    assert not Group.objects.exists()


def test_a_chord_of_plain_tasks_asks_for_a_result_backend():
    with pytest.raises(NotImplementedError, match="result backend"):
        chord([plain_tea.s(1), plain_tea.s(2)], add_up.s()).apply_async()

    assert not Run.objects.exists()


SCRIPT = """
import json
from celery import chain, chord, group
from tests.integration.engine.project.tasks import break_down, double, total
from samovar.models import Run

def get(result):
    try:
        return result.get(timeout=30)
    except Exception as error:
        return type(error).__name__

failed = chain(double.s(1), break_down.si(), double.si(2)).apply_async(link_error=total.si([1]))
answers = {
    "chain": get(chain(double.s(1), double.s(), double.s()).apply_async()),
    "group": get(group(double.s(n) for n in range(5))()),
    "chord": get(chord(double.s(n) for n in range(5))(total.s())),
    "nested": get((double.s(1) | group(double.s(), double.si(9) | double.s()) | total.s()
                   | double.s()).apply_async()),
    "failed chain": get(failed),
    "failed chord": get(chord([double.s(1), break_down.si()])(total.s())),
    "link": get(double.apply_async([4], link=double.s())),
}
ends = Run.objects.filter(follows_failure=True)
for run in ends:
    get(total.AsyncResult(str(run.pk)))
answers["errbacks"] = sorted(run.refresh().state for run in ends)
print("ANSWERS", json.dumps(answers))
"""


@pytest.mark.slow
def test_a_worker_performs_it(worker: Worker) -> None:  # noqa: F811 - the fixture
    done = worker.site.manage("shell", "--no-imports", "-c", SCRIPT, check=False)
    assert "ANSWERS" in done.stdout, done.stdout + done.stderr
    answers = json.loads(done.stdout.split("ANSWERS", 1)[1])

    # Celery raises the parent's error when it is there already, else the run's own end.
    for name in ("failed chain", "failed chord"):
        assert answers.pop(name) in {"LookupError", "TaskRevokedError"}
    assert answers == {
        "chain": 8,
        "group": [0, 2, 4, 6, 8],
        "chord": 20,
        "nested": 80,
        "link": 8,
        "errbacks": ["cancelled", "cancelled", "succeeded"],
    }


PLAIN_FIRST = """
import json
from celery import chain, group
from tests.integration.engine.project.tasks import double, pour, spill, total
from samovar.models import Run

def frozen(sig):
    return sig, sig.freeze()

linked, link = frozen(double.s())
pour.apply_async([5], link=linked)
mourner, errback = frozen(total.si([7]))
spill.apply_async(link_error=mourner)
answers = {
    "chain": chain(pour.s(3), double.s(), double.s()).apply_async().get(timeout=30),
    "chain of plain": chain(pour.s(1), pour.s(), double.si(2)).apply_async().get(timeout=30),
    "fan": (pour.s(2) | group(double.s(), double.s())).apply_async().get(timeout=30),
    "link": link.get(timeout=30),
    "errback": errback.get(timeout=30),
}
answers["runs"] = sorted(Run.objects.values_list("job", flat=True))
print("ANSWERS", json.dumps(answers))
"""


@pytest.mark.slow
def test_a_job_behind_a_plain_task_is_a_run(worker: Worker) -> None:  # noqa: F811 - the fixture
    done = worker.site.manage("shell", "--no-imports", "-c", PLAIN_FIRST, check=False)
    assert "ANSWERS" in done.stdout, worker.log + done.stdout + done.stderr
    assert json.loads(done.stdout.split("ANSWERS", 1)[1]) == {
        "chain": 12,
        "chain of plain": 4,
        "fan": [4, 4],
        "link": 10,
        "errback": 7,
        "runs": ["double"] * 6 + ["total"],
    }


PLAIN_BESIDE = """
import json
from celery import chord, group
from tests.integration.engine.project.tasks import double, pour, spill, total
from samovar.models import Run

def get(canvas):
    try:
        return canvas.apply_async().get(timeout=30)
    except Exception as error:
        return type(error).__name__

mourner = double.si(4)
told = mourner.freeze()
answers = {
    "chord": get(chord([pour.s(n) for n in (1, 2, 3)], total.s())),
    "chain": get(pour.s(2) | group(pour.s(), pour.s()) | total.s() | double.s()),
    "group": get(group(double.s(1), pour.s(5))),
    "fan": get(pour.s(1) | group(double.s(), pour.s())),
    "failed": get(chord([pour.s(1), spill.s()], total.s().on_error(mourner))),
    "errback": told.get(timeout=30),
    "too late": get(pour.s(1) | double.s() | pour.s()),
}
answers["runs"] = sorted(Run.objects.values_list("job", "state", "result"))
print("ANSWERS", json.dumps(answers))
"""


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_plain_tasks_stand_before_and_beside_jobs(worker: Worker) -> None:  # noqa: F811 - the fixture
    """Celery counts the header in the project's own result backend."""
    done = worker.site.manage("shell", "--no-imports", "-c", PLAIN_BESIDE, check=False)
    assert "ANSWERS" in done.stdout, worker.log + done.stdout + done.stderr
    assert json.loads(done.stdout.split("ANSWERS", 1)[1]) == {
        "chord": 6,
        "chain": 8,
        "group": [2, 5],
        "fan": [2, 1],
        "failed": "LookupError",
        "errback": 8,
        "too late": "UnsupportedOption",
        "runs": [["double", "succeeded", number] for number in (2, 2, 8, 8)]
        + [["total", "succeeded", number] for number in (4, 6)],
    }
