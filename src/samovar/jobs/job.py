"""`@job`: a plain function becomes a job.

# Note [A job is its Celery task]
People connect Celery's signals with the job as the sender
(`@task_postrun.connect(sender=user_task)`), and Celery sends them with its own Task object. Celery
knows a sender by `id`, or, when it has `__func__`, by the ids of `__self__` and `__func__`, as of
a bound method. So a job has both (itself and its function), and the engine's Task carries the same
two.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

from typing_extensions import ParamSpec, TypeVar

from samovar import conf
from samovar.exceptions import InvalidJob
from samovar.jobs import docstrings, ports, registry
from samovar.jobs.key import Key, KeyRule
from samovar.jobs.limits import Limit, Limits
from samovar.jobs.options import NAME_RULE, Options, Permission, Seconds, is_name
from samovar.jobs.retry import Retry
from samovar.jobs.signature import Signature

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

P = ParamSpec("P", default=...)
R = TypeVar("R", default=Any)


class Job(Generic[P, R]):
    """A declared function with its options.

    Calling it, or `run`, performs the body here and now. `submit` asks for a run by a worker;
    `delay` and `apply_async` do the same in Celery's words.
    """

    __name__: str
    __qualname__: str
    do_not_call_in_templates = True
    """Django's templates call what can be called: a page that shows a job would perform it."""

    def __init__(self, function: Callable[P, R], options: Options) -> None:
        functools.update_wrapper(self, function)
        words = docstrings.read(function.__doc__)
        self.function: Any = function
        self.module = function.__module__
        self.name = options.name or self.__name__
        self.signature = Signature.of(function)
        self.help = words.help
        self._title = options.title or words.title or self.name
        self._crashes = options.crashes
        self.queue = options.queue
        self.priority = options.priority
        self.retry = options.retry
        self.soft_timeout = options.soft_timeout
        self.timeout = options.timeout
        self.expires = options.expires
        self.unique = Key.of("unique", options.unique, self.signature)
        self.limits = Limits(options.concurrency, options.rate, self.signature)
        self.permission = options.permission
        self._confirm = options.confirm
        self.after = options.after
        self.resumable = options.resumable

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Perform the body in this process and return what it returns."""
        return self.function(*args, **kwargs)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<Job {self.name} ({self.place})>"

    def __reduce__(self) -> str:
        """Copy and pickle as a function does: by its place in its module."""
        return self.__qualname__

    @property
    def __func__(self) -> Any:
        """See Note [A job is its Celery task]."""
        return self.function

    @property
    def __self__(self) -> Job[P, R]:
        """See Note [A job is its Celery task]."""
        return self

    @property
    def title(self) -> str:
        """What people call the job, in their language when the option is translated."""
        return str(self._title)

    @property
    def confirm(self) -> str:
        """What a person has to agree to before the start, in their language; "" for nothing."""
        return str(self._confirm or "")

    @property
    def place(self) -> str:
        """The function's file and line, as "file:line"."""
        code = self.function.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    @property
    def crashes(self) -> int:
        """The lost attempt that ends a run as failed."""
        return conf.options().CRASHES if self._crashes is None else self._crashes

    def run(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Perform the body in this process and return what it returns."""
        return self(*args, **kwargs)

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> ports.Run:
        """Ask for a run and return it at once; it is part of the caller's transaction.

        Raises InvalidParams with every fault; nothing is stored then.
        """
        params = self.signature.validate(self.signature.bind(args, kwargs))
        return ports.submit()(self, params)

    def submit_many(self, params: Iterable[Mapping[str, Any]]) -> ports.Group:
        """Ask for a run with each of `params` (arguments by name) and return their group at once:
        one page and one progress bar for all. All or none; part of the caller's transaction.

        Raises InvalidParams, which names the place of each fault, and UnsupportedOption for a
        `unique` job.
        """
        return ports.submit_group()(self, params)

    # What a Celery user expects of a task: its own methods, on the engine's task.

    def _task(self) -> Any:
        return ports.engine().task(self)

    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Ask for a run and return Celery's AsyncResult with the run's id."""
        return self._task().delay(*args, **kwargs)

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Ask for a run with Celery's options and return its AsyncResult.

        Raises UnsupportedOption for an option that cannot be honoured.
        """
        return self._task().apply_async(args, kwargs, **options)

    def apply(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Perform the body in this process and return Celery's EagerResult."""
        return self._task().apply(args, kwargs, **options)

    def s(self, *args: Any, **kwargs: Any) -> Any:
        """Return Celery's signature of a call, for a canvas."""
        return self._task().s(*args, **kwargs)

    def si(self, *args: Any, **kwargs: Any) -> Any:
        """Return Celery's immutable signature of a call, for a canvas."""
        return self._task().si(*args, **kwargs)

    def subtask(self, args: Any = None, *starargs: Any, **options: Any) -> Any:
        """Return Celery's signature of a call with options."""
        return self._task().subtask(args, *starargs, **options)

    def AsyncResult(self, task_id: str, **options: Any) -> Any:  # noqa: N802 - Celery's name
        """Return Celery's AsyncResult of a run of this job."""
        return self._task().AsyncResult(task_id, **options)


@overload
def job(function: Callable[P, R], /) -> Job[P, R]: ...


@overload
def job(
    *,
    name: str = ...,
    title: _StrOrPromise = ...,
    queue: str = ...,
    priority: int = ...,
    retry: Retry = ...,
    soft_timeout: Seconds | None = ...,
    timeout: Seconds | None = ...,
    expires: Seconds | None = ...,
    unique: KeyRule = ...,
    concurrency: int | Limit = ...,
    rate: str = ...,
    permission: Permission | None = ...,
    confirm: _StrOrPromise | None = ...,
    after: Literal["run", "form"] = ...,
    crashes: int = ...,
    resumable: bool = ...,
) -> Callable[[Callable[P, R]], Job[P, R]]: ...


def job(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare a function as a job: `@job`, or `@job(title="…", …)`.

    Args:
        function: A plain function with typed parameters; JSON must be able to hold its result.
        options: `name` (default: the function's) stands in addresses and commands. `title` is for
            people (default: the docstring's first line). `queue` and `priority` (higher is
            earlier) place its runs in line. `retry` says when an error is tried again (default:
            never). After `soft_timeout` seconds the body meets SoftTimeout; after `timeout` it is
            killed. A run that has not begun `expires` seconds after it could have fails.
            `unique` is a key made from the params (see `KeyRule`): while a run with the same key
            has not ended, a second submit returns that run. At most `concurrency` runs run at a
            time (`Limit(1, key="user_id")`: of each user), and no more begin than `rate` says
            (as "10/m"): the others wait in the ledger. `permission` says who may start it,
            `confirm` what a person has to agree to on the start form. `after="form"` leads the
            person who watched back to the form at success. The `crashes`-th lost attempt ends a
            run (default: the setting CRASHES). A `resumable` job is asked to hand its run back
            when its worker stops: it leaves behind its next `checkpoint`, or the next item of
            `track(…, resume=True)`, and loses nothing.

    Raises InvalidJob when the function or an option cannot be used; the message says what to
    change.
    """
    if function is None:
        return functools.partial(_declare, options=options)
    return _declare(function, options=options)


def _declare(function: Callable[P, R], *, options: dict[str, Any]) -> Job[P, R]:
    if isinstance(function, Job):
        raise InvalidJob(f"{function!r} is a job already. Declare the plain function, once.")
    try:
        _refuse_unusable(function, named="name" in options)
        declared = Job(function, Options.of(options))
    except InvalidJob as error:
        spelled = getattr(function, "__qualname__", repr(function))
        raise InvalidJob(f"{getattr(function, '__module__', '')}.{spelled}: {error}") from error
    registry.add(declared)
    return declared


def _refuse_unusable(function: Callable[..., Any], *, named: bool) -> None:
    if not inspect.isfunction(function):
        raise InvalidJob(
            "@job stands over a plain function (below it, when there are other decorators)."
        )
    if inspect.iscoroutinefunction(function):
        raise InvalidJob(
            "An async function cannot be a job. Call `asyncio.run(…)` inside a plain one."
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise InvalidJob(
            "A generator cannot be a job, because nobody would walk through it. Return a list."
        )
    if not named and not is_name(function.__name__):
        raise InvalidJob(f"The function's name cannot be the job's; give `name=`: {NAME_RULE}")
