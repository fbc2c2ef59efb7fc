"""What is said in a room, sent by a form or by the page's script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from chat import news
from chat.forms import MessageForm
from chat.ids import as_id
from chat.rooms import note_presence, say
from chat.views.lookup import chat_page, person, room_or_404
from chat.views.rooms import room_page
from samovar.web import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.live import Event


@chat_page
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: HttpRequest, room_id: int) -> HttpResponse:
    """Say something; by GET return what was said after `?after=`, as JSON."""
    room = room_or_404(request, room_id)
    if request.method != "POST":
        after = as_id(request.GET.get("after", "")) or 0
        return JsonResponse({"events": [_event(one) for one in news.read(room.pk, after)]})
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _refused(request, form) or room_page(request, room, form)
    message = say(room, person(request), form.cleaned_data["text"], form.cleaned_data["key"])
    if _wants_json(request):
        return JsonResponse(news.told(message), status=201)
    return see_other(f"{room.get_absolute_url()}#say")


@chat_page
@require_POST
def presence(request: HttpRequest, room_id: int) -> HttpResponse:
    """Note that the page is open, whether something is being written, and what was read."""
    room = room_or_404(request, room_id)
    note_presence(
        room,
        person(request),
        is_typing=request.POST.get("typing") == "1",
        last_read=as_id(request.POST.get("read", "")) or 0,
    )
    return HttpResponse(status=204)


def _event(event: Event) -> dict[str, object]:
    return {"event": event.name, "id": event.position, "data": event.data}


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refused(request: HttpRequest, form: MessageForm) -> HttpResponse | None:
    if not _wants_json(request):
        return None
    words = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"errors": words}, status=422)
