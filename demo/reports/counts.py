"""How many people use the site."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Count, Q

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Users:
    """Users of the site: all of them, those who signed in and those who joined in the last day."""

    total: int
    active: int
    new: int


def count_users(now: dt.datetime) -> Users:
    """Count the users as they are now."""
    found = get_user_model().objects.aggregate(
        total=Count("pk"),
        active=Count("pk", filter=Q(last_login__gt=now - DAY)),
        new=Count("pk", filter=Q(date_joined__gt=now - DAY)),
    )
    return Users(**found)
