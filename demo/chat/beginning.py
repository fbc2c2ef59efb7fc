"""Two people and a room with both: what somebody needs to try the chat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.models import Person, Room
from chat.rooms import add_member, make_room, say

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ADMIN, MEMBER = NAMES = ("anna", "boris")
SUPERUSER = "admin"


class Taken(Exception):
    """Somebody who is not of the demo has a name that it needs."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in; `password` is None when it stays as it was."""

    name: str
    password: str | None


@transaction.atomic
def begin(
    *, password: str | None, is_reset: bool, with_superuser: bool
) -> tuple[Room, list[Account]]:
    """Make what is missing of the demo; passwords that exist change only by `is_reset`.

    Raises Taken, and makes nothing, when a name belongs to somebody else.
    """
    names = [*NAMES, SUPERUSER] if with_superuser and _needs_superuser() else list(NAMES)
    accounts = [_account(name, password, is_reset=is_reset) for name in names]
    anna, boris = (get_user_model().objects.get(username=name) for name in NAMES)
    return _room(anna, boris), accounts


def _needs_superuser() -> bool:
    """Return whether there is no superuser but the demo's own."""
    others = get_user_model().objects.filter(is_superuser=True, is_active=True)
    return not others.exclude(username=SUPERUSER, email=_address(SUPERUSER)).exists()


def _account(name: str, password: str | None, *, is_reset: bool) -> Account:
    rights = {"is_staff": True, "is_superuser": True} if name == SUPERUSER else {}
    defaults = {"email": _address(name), **rights}
    user, is_new = get_user_model().objects.get_or_create(username=name, defaults=defaults)
    if user.email != _address(name) or user.is_superuser != (name == SUPERUSER):
        raise Taken(name)
    Person.objects.get_or_create(user=user, defaults={"language": (get_language() or "en")[:2]})
    if not (is_new or is_reset):
        return Account(name, None)
    chosen = password or secrets.token_urlsafe(9)
    user.set_password(chosen)
    user.save()
    return Account(name, chosen)


def _address(name: str) -> str:
    """Return the demo's e-mail address of a name, in a domain in which nobody has a mailbox."""
    return f"{name}@example.org"


def _room(anna: User, boris: User) -> Room:
    """Return a room of both; a new one has some messages, and its letter is on its way."""
    if room := Room.of(boris).filter(owner=anna).order_by("pk").first():
        return room
    room = make_room(anna, _("Tea"))
    add_member(room, boris, anna)
    for author, text in (
        (anna, _("Hello, Boris! The samovar is on.")),
        (boris, _("Hello, Anna! I am on my way.")),
        (anna, _("Open this room in two browsers and write: each sees it at once.")),
    ):
        say(room, author, text)
    return room
