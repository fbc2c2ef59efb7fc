"""Who is in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.forms import MemberForm, PersonForm, RoomForm
from chat.models import Member, Person
from chat.rooms import add_member, remove_member
from chat.views.lookup import chat_page, own_room_or_403, person, room_or_404
from chat.views.rooms import room_page, rooms_page
from samovar.web import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@chat_page
@require_POST
def members(request: HttpRequest, room_id: int) -> HttpResponse:
    """Add a person; the room's admin is told by e-mail."""
    room = own_room_or_403(request, room_id)
    form = MemberForm(request.POST)
    if form.is_valid() and add_member(room, form.user, person(request)) is None:
        words = _("%(name)s is in the room already.") % {"name": form.user}
        form.add_error("username", words)
    return room_page(request, room, form) if form.errors else see_other(room.get_absolute_url())


@chat_page
@require_POST
def removal(request: HttpRequest, room_id: int, member_id: int) -> HttpResponse:
    """Take a person out of the room: its admin anybody but themselves, others themselves."""
    room = room_or_404(request, room_id)
    member = Member.objects.filter(room=room, pk=member_id).first()
    if member is None:
        raise Http404(_("This person is not in the room."))
    mine = member.user_id == person(request).pk
    if room.owner_id == member.user_id or not (mine or room.owner_id == person(request).pk):
        raise PermissionDenied(
            _("The admin stays in the room; others leave or are removed by them.")
        )
    remove_member(member)
    return see_other(reverse("chat:rooms") if mine else room.get_absolute_url())


@chat_page
@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Keep which letters a person wants, and in which language."""
    settings, _is_new = Person.objects.get_or_create(user=person(request))
    form = PersonForm(request.POST, instance=settings)
    if not form.is_valid():
        return rooms_page(request, RoomForm(), form)
    form.save()
    return see_other(reverse("chat:rooms"))
