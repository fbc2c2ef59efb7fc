"""What a process has one of and a fork must not share: its thread and its lock stay behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """One `T` of this process, made by `make` at the first call; a fork makes its own."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._one: T | None = None
        self._guard = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self) -> T:
        """Return it; several threads at the first call get the same."""
        if (one := self._one) is None:
            with self._guard:
                if (one := self._one) is None:
                    one = self._one = self._make()
        return one

    def peek(self) -> T | None:
        """Return it if it was made, without making it."""
        return self._one

    def _forget(self) -> None:
        self._one = None
        self._guard = threading.Lock()
