"""Take a program for the person whose bearer token it shows (RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.api.problems import Problem
from samovar.models import BearerToken

if TYPE_CHECKING:
    from django.http import HttpRequest

CHALLENGE = 'Bearer realm="samovar"'


def enter(request: HttpRequest) -> bool:
    """Make the token's user that of `request`; answer whether it shows a token at all.

    Whoever a cookie names does not count then. Raises Problem (401) for a token that is none of
    ours; another scheme than Bearer is somebody else's business, as a proxy's.
    """
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    token = BearerToken.find(text.strip())
    if token is None:
        words = _("This bearer token is unknown, was removed, or its user may not come in.")
        raise refused(words, f'{CHALLENGE}, error="invalid_token"')
    if token.is_use_due(now := clock.now()):
        with transactions.write():
            token.note_use(now)
    request.user = token.user
    return True


def refused(words: str, challenge: str = CHALLENGE) -> Problem:
    """Return the 401 that says how to come in."""
    return Problem(401, words, headers={"WWW-Authenticate": challenge})
