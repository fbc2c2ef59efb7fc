"""`@job` keeps the function what it was and adds what a job is."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
import pickle
from typing import Annotated
from unittest.mock import create_autospec

import pytest
from celery import Celery
from celery.signals import task_postrun
from django.test import override_settings
from django.utils.translation import gettext_lazy
from pydantic import Field

from samovar import Cancelled, Retry, SoftTimeout, job
from samovar.exceptions import InvalidJob, InvalidParams
from samovar.jobs import registry
from samovar.jobs.job import Job


def plus(first: int, second: Annotated[int, Field(ge=0)] = 1) -> int:
    """Add two numbers.

    The sum is the result.
    In two lines.

    Args:
        first: One of them.
        second (int): The other one.

    Returns:
        The sum.
    """
    return first + second


@pytest.fixture
def add():
    return job(plus)


@pytest.fixture
def slow():
    options = {"name": "sum-2", "title": gettext_lazy("Sum"), "queue": "slow", "priority": -5}
    return job(**options, timeout=60)(plus)


def declare(function=None, **options):
    def nothing(): ...

    return job(**options)(function or nothing)


def test_the_body_is_called_directly(add, slow):
    assert add(1, 2) == add.run(1, second=2) == 3
    assert slow.run(4) == 5


def test_the_docstring_is_title_help_and_descriptions(add):
    assert add.title == "Add two numbers"
    assert add.help == "The sum is the result.\nIn two lines."
    assert [field.description for field in add.signature.parameters] == [
        "One of them.",
        "The other one.",
    ]


def test_options_and_defaults(add, slow):
    assert (add.name, add.queue, add.priority, add.after) == ("plus", "default", 0, "run")
    assert (add.retry.attempts, add.soft_timeout, add.timeout) == (1, None, None)
    assert (slow.name, slow.title, slow.queue) == ("sum-2", "Sum", "slow")
    assert (slow.priority, slow.timeout) == (-5, 60.0)


@override_settings(SAMOVAR={"CRASHES": 7, "DATA": "/nowhere"})
def test_crashes_come_from_the_settings_unless_the_job_says_otherwise(add):
    assert add.crashes == 7
    assert declare(crashes=1).crashes == 1


def test_a_timeout_may_be_a_timedelta():
    assert declare(timeout=dt.timedelta(minutes=2), soft_timeout=90).timeout == 120.0


def test_the_title_without_a_docstring_is_the_name():
    assert declare().title == "nothing"


def test_it_looks_like_its_function(add):
    assert add.__name__ == "plus"
    assert add.__module__ == __name__
    assert inspect.signature(add) == inspect.signature(add.function)
    assert inspect.unwrap(add) is add.function
    assert inspect.getdoc(add).startswith("Add two numbers.")
    assert not inspect.ismethod(add)
    assert create_autospec(add)(1) is not None


def test_copies_are_the_job_itself(add):
    assert copy.copy(add) is copy.deepcopy(add) is add


def test_it_is_pickled_by_its_place():
    from showcase.tasks import long_process

    assert pickle.loads(pickle.dumps(long_process)) is long_process


def test_celery_takes_it_for_its_task(add, slow):
    """See Note [A job is its Celery task]."""
    app = Celery("test", set_as_current=False, fixups=())
    task = app.task(add.function, name="plus")
    task.__func__, task.__self__ = add.__func__, add.__self__
    heard = []

    def hear(task_id, **_: object):
        heard.append(task_id)

    task_postrun.connect(hear, sender=add)
    try:
        task_postrun.send(sender=task, task_id="ours")
        task_postrun.send(sender=slow, task_id="another's")
        task_postrun.send(sender=None, task_id="nobody's")
    finally:
        task_postrun.disconnect(hear, sender=add)

    assert heard == ["ours"]


def test_bad_params_are_refused_before_anything_else(add):
    with pytest.raises(InvalidParams) as refused:
        add.submit("x", third=1)

    assert [field for field, _message in refused.value.errors] == ["first", "third"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"uniqe": "x"}, "@job has no option uniqe. There are: name, title,"),
        ({"unique": "x"}, "unique='x': the job has no parameter 'x'. There are: none."),
        ({"unique": ("x", "y")}, "no parameter 'x'"),
        ({"unique": "{x.y}"}, "no parameter 'x'"),
        ({"unique": "{first"}, "is no format"),
        ({"unique": ()}, "unique=(): say True"),
        ({"unique": 5}, "unique=5: say True"),
        ({"expires": 0}, "expires=0: give seconds"),
        ({"permission": "start"}, "permission='start': give Django's name"),
        ({"permission": 5}, "permission=5"),
        ({"confirm": " "}, "confirm='': say"),
        ({"name": "a b"}, "use Latin letters"),
        ({"name": "x" * 65}, "at most 64"),
        ({"name": ""}, "use Latin letters"),
        ({"queue": "a/b"}, "queue='a/b'"),
        ({"priority": 1.5}, "priority=1.5"),
        ({"priority": 10**6}, "priority=1000000"),
        ({"timeout": 0}, "timeout=0: give seconds greater than 0"),
        ({"timeout": "5"}, "timeout='5'"),
        ({"soft_timeout": 5, "timeout": 5}, "soft_timeout must be shorter"),
        ({"retry": 3}, "retry=3: give Retry("),
        ({"after": "home"}, "after='home'"),
        ({"crashes": 0}, "crashes=0"),
        ({"crashes": True}, "crashes=True"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(InvalidJob) as refused:
        declare(**options)

    assert words in str(refused.value)
    assert registry.all() == []


async def asynchronous(): ...


def generator():
    yield


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (asynchronous, "An async function cannot be a job"),
        (generator, "A generator cannot be a job"),
        (lambda: None, "give `name=`"),
        (print, "plain function"),
        (Job, "plain function"),
    ],
)
def test_what_cannot_be_a_job(function, words):
    with pytest.raises(InvalidJob) as refused:
        job(function)

    assert words in str(refused.value)


def test_a_job_is_no_plain_function(add):
    with pytest.raises(InvalidJob, match="is a job already"):
        job(add)


def test_the_complaint_names_function_and_parameter():
    def broken(count: int = None): ...  # noqa: RUF013 - the fault under test

    with pytest.raises(InvalidJob, match=r"broken: Parameter 'count': the default None"):
        job(broken)


def test_retry():
    retry = Retry(attempts=5, backoff=2, on=(OSError,))

    assert [retry.wait(failures) for failures in (1, 2, 3)] == [2, 4, 8]
    assert retry.wait(1000) == 3600
    assert retry.covers(ConnectionError())
    assert not retry.covers(ValueError())
    assert Retry(on=OSError).covers(OSError())
    assert Retry(backoff=7200).wait(3) == 7200
    assert Retry(on=(OSError, SoftTimeout)).covers(SoftTimeout())
    assert not Retry().covers(SoftTimeout())


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 0},
        {"attempts": 1.5},
        {"attempts": True},
        {"backoff": -1},
        {"backoff": float("nan")},
        {"backoff": "1"},
        {"on": (KeyboardInterrupt,)},
        {"on": (Cancelled,)},
        {"on": ("OSError",)},
    ],
)
def test_bad_retry(options):
    with pytest.raises(InvalidJob):
        Retry(**options)
