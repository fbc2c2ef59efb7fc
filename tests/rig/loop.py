"""Run a coroutine from a test."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


def run_in_a_loop(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what the coroutine of `main()` returns, from a loop in a thread of its own.

    The main thread may have a loop already: Playwright keeps one running between its calls, for as
    long as the session's browser is open.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="loop") as thread:
        return thread.submit(lambda: asyncio.run(main())).result()
