"""What jobs need from the layers above them, found by dotted path at the time of the call.

Imports point down, so a job cannot import the verb that submits it. `submit` is one place of ours;
the engine is the one that the setting `ENGINE` names.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from django.utils.module_loading import import_string

from samovar import conf

if TYPE_CHECKING:
    from samovar.jobs.job import Job


class Run(Protocol):
    """One request to perform a job, as `submit` gives it back."""

    @property
    def id(self) -> uuid.UUID:
        """The run's id, known at once."""

    @property
    def url(self) -> str:
        """The address of the run's page."""

    @property
    def state(self) -> str:
        """The state as it was last read."""

    def refresh(self) -> Self:
        """Read the run again from the ledger and return it."""


class Submit(Protocol):
    """The verb that writes a run into the ledger."""

    def __call__(self, job: Job, params: Mapping[str, Any], /) -> Run:
        """Write a run of `job` with stored params; joins the caller's transaction."""


class Engine(Protocol):
    """What carries ids to workers."""

    def task(self, job: Job, /) -> Any:
        """Return the Celery task of `job`."""


def submit() -> Submit:
    """Return the verb that submits runs."""
    return cast("Submit", import_string("samovar.runtime.submit.submit"))


def engine() -> Engine:
    """Return the project's engine."""
    return cast("Engine", conf.load("ENGINE"))
