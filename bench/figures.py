"""A measured figure and how it is printed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is, its value in words, and the goal it is held against."""

    name: str
    value: str
    goal: str = ""

    def __str__(self) -> str:
        """Return the figure as one line."""
        return f"{self.name:44} {self.value:28} {self.goal and f'goal {self.goal}'}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def milliseconds(values: Sequence[float], *shares: float) -> str:
    """Return the median and the given percentiles of `values` (seconds) in words."""
    parts = [f"p50 {statistics.median(values) * 1000:.1f} ms"]
    parts += [f"p{share * 100:.0f} {percentile(values, share) * 1000:.1f} ms" for share in shares]
    return ", ".join(parts) + f" (n={len(values)})"
