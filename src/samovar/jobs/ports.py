"""What jobs need from the layers above them, found by dotted path at the time of the call.

Imports point down, so a job cannot import the verb that submits it. `submit` is one place of ours;
the engine is the one that the setting `ENGINE` names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from django.utils.module_loading import import_string

from samovar import conf

if TYPE_CHECKING:
    from django.core.files.base import File

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

    def then(self, job: Job, /, *args: Any, **kwargs: Any) -> Run:
        """Ask for a run of `job` that begins with this one's result when it has succeeded."""


class Group(Protocol):
    """Runs that were asked for together, as `submit_many` gives them back."""

    @property
    def id(self) -> uuid.UUID:
        """The group's id, known at once."""

    @property
    def url(self) -> str:
        """The address of the group's page."""

    @property
    def size(self) -> int:
        """How many runs belong to it."""

    @property
    def state(self) -> str:
        """The state of all, counted now."""

    def refresh(self) -> Self:
        """Read the group again from the ledger and return it."""


class SubmitGroup(Protocol):
    """The verb that writes a group of runs into the ledger."""

    def __call__(self, job: Job, params: Iterable[Mapping[str, Any]], /) -> Group:
        """Write a run of `job` for each of `params`; joins the caller's transaction."""


class Then(Protocol):
    """The verb that lets a run of a job follow another run."""

    def __call__(
        self, run: Any, job: Job, args: tuple[Any, ...], kwargs: dict[str, Any], /
    ) -> Run:
        """Write a run of `job` that waits for `run`; joins the caller's transaction."""


class Submit(Protocol):
    """The verb that writes a run into the ledger."""

    def __call__(self, job: Job, params: Mapping[str, Any], /) -> Run:
        """Write a run of `job` with stored params; joins the caller's transaction."""


class OpenUpload(Protocol):
    """The verb that opens a file that a run was given."""

    def __call__(self, sha256: str, /) -> File[bytes]:
        """Return the file that has this digest. Raises FileNotFoundError."""


class Engine(Protocol):
    """What carries ids to workers."""

    def task(self, job: Job, /) -> Any:
        """Return the Celery task of `job`."""


def submit() -> Submit:
    """Return the verb that submits runs."""
    return cast("Submit", import_string("samovar.runtime.submit.submit"))


def submit_group() -> SubmitGroup:
    """Return the verb that submits a group of runs."""
    return cast("SubmitGroup", import_string("samovar.runtime.groups.submit_group"))


def then() -> Then:
    """Return the verb that lets a run follow another."""
    return cast("Then", import_string("samovar.runtime.followers.then"))


def open_upload() -> OpenUpload:
    """Return the verb that opens uploads."""
    return cast("OpenUpload", import_string("samovar.runtime.uploads.open_upload"))


def engine() -> Engine:
    """Return the project's engine."""
    return cast("Engine", conf.load("ENGINE"))
