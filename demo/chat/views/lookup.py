"""Find the room of an address: whoever is not in it is told that there is none."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from chat.models import Room
from samovar.web import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def person(request: HttpRequest) -> User:
    """Return who is signed in."""
    user: Any = request.user
    return user  # type: ignore[no-any-return]


def chat_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make a view a page for people who have signed in."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return page(login_required(found))


def room_or_404(request: HttpRequest, room_id: int) -> Room:
    """Return the room, if the asker is in it."""
    room = Room.of(person(request)).filter(pk=room_id).select_related("owner").first()
    if room is None:
        raise Http404(_("There is no such room, or you are not in it."))
    return room


def own_room_or_403(request: HttpRequest, room_id: int) -> Room:
    """Return the room, if the asker is its admin."""
    room = room_or_404(request, room_id)
    if room.owner_id != person(request).pk:
        raise PermissionDenied(
            _("Only the room’s admin, %(name)s, may do that.") % {"name": room.owner}
        )
    return room
