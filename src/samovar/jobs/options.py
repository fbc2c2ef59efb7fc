"""What may be said in `@job(…)`, checked when the module is loaded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from samovar.exceptions import InvalidJob
from samovar.jobs.key import KeyRule
from samovar.jobs.limits import Limit, Rate
from samovar.jobs.retry import Retry, is_seconds, is_whole

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Seconds = float | dt.timedelta
Permission = str | Callable[[Any], bool]
"""Django's name of a permission ("app.codename"), or a function of the user."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
NO_RETRY = Retry(attempts=1)
"""An error ends the run, unless the job says otherwise."""
_SPANS = ("soft_timeout", "timeout", "expires")
_PERMISSION = re.compile(r"\w+\.\w+")
_MOST = 32767
"""What the ledger's small columns hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one job; each is documented at `job`. Timeouts are in seconds."""

    name: str | None = None
    title: _StrOrPromise | None = None
    queue: str = "default"
    priority: int = 0
    retry: Retry = NO_RETRY
    soft_timeout: float | None = None
    timeout: float | None = None
    expires: float | None = None
    unique: KeyRule = False
    concurrency: Limit | None = None
    rate: Rate | None = None
    permission: Permission | None = None
    confirm: _StrOrPromise | None = None
    after: Literal["run", "form"] = "run"
    crashes: int | None = None
    resumable: bool = False

    @classmethod
    def of(cls, given: dict[str, Any]) -> Options:
        """Return the options for what was said. Raises InvalidJob, also for an unknown option."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise InvalidJob(
                f"@job has no option {', '.join(unknown)}. There are: {', '.join(known)}."
            )
        spans = {name: _seconds(name, given.get(name)) for name in _SPANS}
        limits = {
            "concurrency": _limit(given.get("concurrency")),
            "rate": _rate(given.get("rate")),
        }
        return cls(**(given | spans | limits))

    def __post_init__(self) -> None:
        self._check_words()
        if not is_whole(self.priority, -_MOST, _MOST):
            raise InvalidJob(f"priority={self.priority!r}: give a whole number, at most {_MOST}.")
        if not _is_retry(self.retry):
            raise InvalidJob(f"retry={self.retry!r}: give Retry(attempts=…, backoff=…, on=…).")
        if self.crashes is not None and not is_whole(self.crashes, 1, _MOST):
            raise InvalidJob(f"crashes={self.crashes!r}: give the loss that ends a run, from 1.")
        if self.soft_timeout and self.timeout and self.soft_timeout >= self.timeout:
            raise InvalidJob("soft_timeout must be shorter than timeout, or it is never felt.")

    def _check_words(self) -> None:
        if self.name is not None and not is_name(self.name):
            raise InvalidJob(f"name={self.name!r}: {NAME_RULE}")
        if not _QUEUE.fullmatch(str(self.queue)):
            raise InvalidJob(
                f"queue={self.queue!r}: use Latin letters, digits, `_`, `-`, `.`; at most 64."
            )
        if self.after not in ("run", "form"):
            raise InvalidJob(f'after={self.after!r}: say "run" or "form".')
        if not isinstance(self.resumable, bool):
            raise InvalidJob(f"resumable={self.resumable!r}: say True or False.")
        if not _is_permission(self.permission):
            raise InvalidJob(
                f"permission={self.permission!r}: give Django's name of a permission "
                '("app.codename"), or a function of the user.'
            )
        if isinstance(self.confirm, str) and not self.confirm.strip():
            raise InvalidJob("confirm='': say what a person has to agree to before the start.")


NAME_RULE = "use Latin letters, digits, `_` and `-`; at most 64 of them."


def is_name(name: object) -> bool:
    """Return whether `name` can stand in an address and a command as a job's name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _is_retry(given: object) -> bool:
    return isinstance(given, Retry)


def _limit(given: Limit | int | None) -> Limit | None:
    return given if given is None or isinstance(given, Limit) else Limit(given)


def _rate(given: str | None) -> Rate | None:
    return None if given is None else Rate.of(given)


def _is_permission(given: object) -> bool:
    is_name = isinstance(given, str) and _PERMISSION.fullmatch(given) is not None
    return given is None or callable(given) or is_name


def _seconds(option: str, given: Seconds | None) -> float | None:
    if given is None:
        return None
    seconds = given.total_seconds() if isinstance(given, dt.timedelta) else given
    if not is_seconds(seconds, least=0) or not seconds:
        raise InvalidJob(f"{option}={given!r}: give seconds greater than 0, or a timedelta.")
    return float(seconds)
