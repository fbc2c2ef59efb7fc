"""How many runs of a job may run at a time, and how many may begin in a while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samovar.exceptions import InvalidJob
from samovar.jobs.key import LONGEST, Key, KeyRule
from samovar.jobs.retry import is_whole

if TYPE_CHECKING:
    from samovar.jobs.signature import Signature

MOST = 1_000_000
KEYED = "="
"""What a key of `concurrency` begins with in the ledger; "" stands for the job as a whole."""
LONGEST_LIMIT_KEY = LONGEST + len(KEYED)

_RATE = re.compile(r"(\d{1,7})\s*/\s*(\d{0,5})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Limit:
    """Let at most `most` runs run at a time: of the job, or of each `key` (see `KeyRule`)."""

    most: int
    key: KeyRule = False

    def __post_init__(self) -> None:
        if not is_whole(self.most, 1, MOST):
            raise InvalidJob(
                f"concurrency={self.most!r}: give how many runs may run at a time, from 1, "
                'or Limit(1, key="user_id").'
            )


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` attempts of a job begin in any `seconds`."""

    most: int
    seconds: int

    @classmethod
    def of(cls, text: object) -> Rate:
        """Read "10/m": a count, a slash, and s, m, h or d, or several of them as "5/30s"."""
        found = _RATE.fullmatch(text) if isinstance(text, str) else None
        if found is None or not int(found[1]) or found[2] == "0":
            raise InvalidJob(
                f'rate={text!r}: say how many may begin in how long, as "10/m" or "5/30s" '
                "(s, m, h, d)."
            )
        return cls(int(found[1]), int(found[2] or 1) * _SECONDS[found[3]])


class Limits:
    """What holds the runs of one job back."""

    def __init__(self, limit: Limit | None, rate: Rate | None, signature: Signature) -> None:
        self.rate = rate
        self.limit = limit
        self._key = None if limit is None else Key.of("concurrency", limit.key, signature)

    @property
    def is_keyed(self) -> bool:
        """Whether the limit counts the runs of each key by itself."""
        return self._key is not None

    def key_of(self, params: Mapping[str, Any]) -> str | None:
        """Return what a run with these stored params is counted by; None when nothing holds it
        back.
        """
        key = None if self._key is None else self._key(params)
        if key is not None:
            return KEYED + key
        is_limited = self.limit is not None and not self.is_keyed
        return "" if is_limited or self.rate is not None else None

    def most(self, key: str) -> int | None:
        """Return how many runs with this key may run at a time; None for any number."""
        if self.limit is None or self.is_keyed != key.startswith(KEYED):
            return None
        return self.limit.most
