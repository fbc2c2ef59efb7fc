"""The rooms of a person, and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_http_methods, require_safe

from chat import news
from chat.forms import MemberForm, MessageForm, PersonForm, RoomForm
from chat.ids import as_id
from chat.models import Person, Room
from chat.rooms import make_room
from chat.views.lookup import chat_page, person, room_or_404
from samovar.web import render, see_other

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

    from chat.models import Message

SHOWN = 50
"""Messages of one page of the history."""


@chat_page
@require_http_methods(["GET", "HEAD", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """Show the rooms; make a new one."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return see_other(make_room(person(request), form.cleaned_data["name"]).get_absolute_url())
    settings, _is_new = Person.objects.get_or_create(user=person(request))
    return rooms_page(request, form, PersonForm(instance=settings))


def rooms_page(request: HttpRequest, form: RoomForm, settings: PersonForm) -> HttpResponse:
    """Return the page of the asker's rooms; the errors of a form that was refused stand in it."""
    mine = Room.of(person(request)).select_related("owner").order_by("name")
    context = {"rooms": mine, "form": form, "settings": settings}
    status = 422 if form.errors or settings.errors else 200
    return render(request, "chat/rooms.html", context, status=status)


@chat_page
@require_safe
def room(request: HttpRequest, room_id: int) -> HttpResponse:
    """Show a room: what was said last, or before the message `?before=`."""
    return room_page(request, room_or_404(request, room_id))


def room_page(
    request: HttpRequest, room: Room, refused: forms.BaseForm | None = None
) -> HttpResponse:
    """Return the room's page; with a form that was refused, its errors stand in it."""
    messages = _history(room, request.GET.get("before", ""))
    context = {
        "room": room,
        "messages": messages,
        "earlier": messages[0].pk if len(messages) == SHOWN else None,
        "is_history": "before" in request.GET,
        "people": news.people(room.pk)["people"],
        "members": room.members.select_related("user").order_by("pk"),
        "is_admin": room.owner_id == person(request).pk,
        "message_form": refused if isinstance(refused, MessageForm) else MessageForm(),
        "member_form": refused if isinstance(refused, MemberForm) else MemberForm(),
    }
    return render(request, "chat/room.html", context, status=422 if refused else 200)


def _history(room: Room, before: str) -> list[Message]:
    rows = room.messages.select_related("author").order_by("-pk")
    if (position := as_id(before)) is not None:
        rows = rows.filter(pk__lt=position)
    return list(rows[:SHOWN])[::-1]
