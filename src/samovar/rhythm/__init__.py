"""When a schedule ticks: by cron, at an interval, or once. Knows no database."""

from __future__ import annotations

from samovar.rhythm.base import InvalidRhythm, Rhythm
from samovar.rhythm.cron import Cron
from samovar.rhythm.every import Every
from samovar.rhythm.once import Once
from samovar.rhythm.words import words
from samovar.rhythm.zones import instant_of, zone_of

__all__ = ["Cron", "Every", "InvalidRhythm", "Once", "Rhythm", "instant_of", "words", "zone_of"]
