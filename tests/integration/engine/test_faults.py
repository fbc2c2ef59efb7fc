"""An error of the ledger as an exception here: its message, its type when it is a builtin one, and
no import.
"""

from __future__ import annotations

import pytest

from samovar.engine.celery.faults import as_exception

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ValueError", ValueError), ("builtins.OSError", OSError), ("KeyError", KeyError)],
)
def test_a_builtin_type_comes_back(name, kind):
    error = as_exception(name, "'seven'")
    assert type(error) is kind
    assert str(error) == "'seven'"


def test_a_type_of_the_project_becomes_one_of_its_name():
    error = as_exception("shop.errors.OutOfStock", "no tea")
    assert (type(error).__name__, type(error).__module__, str(error)) == (
        "OutOfStock",
        "shop.errors",
        "no tea",
    )


@pytest.mark.parametrize(
    "name", ["UnicodeDecodeError", "SystemExit", "print", "os.system", "", "no.such.Module"]
)
def test_whatever_stands_there_gives_an_exception_with_the_message(name):
    error = as_exception(name, "what was said")
    assert isinstance(error, Exception)
    assert str(error) == "what was said"


def test_a_key_error_of_a_strange_key():
    assert str(as_exception("KeyError", "<object at 1>")) == "<object at 1>"
