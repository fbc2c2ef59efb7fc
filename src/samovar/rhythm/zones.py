"""Time zones by their IANA names, and the instants that local times mean."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from samovar.rhythm.base import InvalidRhythm


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this IANA name, as "Europe/Moscow". Raises InvalidRhythm."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # unknown, a folder, a path that leads elsewhere
        message = _("There is no time zone “%(name)s”. Give an IANA name, as Europe/Moscow.")
        raise InvalidRhythm("zone", message % {"name": name}) from None


def instant_of(local: dt.datetime, zone: str) -> dt.datetime:
    """Return the instant, in UTC, at which the clocks of `zone` show `local` (naive).

    A time that comes twice, because the clocks are put back, is its first one. Raises
    InvalidRhythm for a time that the clocks skip.
    """
    at = local.replace(tzinfo=zone_of(zone), fold=0).astimezone(dt.UTC)
    shown = at.astimezone(zone_of(zone))
    if shown.replace(tzinfo=None) != local:
        message = _(
            "%(local)s does not exist in %(zone)s: the clocks are put forward then, and the same "
            "instant is called %(shown)s. Give that time, or another one."
        )
        words = {"local": f"{local:%Y-%m-%d %H:%M}", "zone": zone, "shown": f"{shown:%H:%M}"}
        raise InvalidRhythm("at", message % words)
    return at
