"""Where a page listens for news: the door to whichever live transport the site has."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router

from samovar import access, clock, conf
from samovar.api import guard
from samovar.api.answers import PROBLEMS
from samovar.api.problems import Problem
from samovar.api.shapes import CentrifugoShape, NewsShape, SseShape
from samovar.live import centrifugo, channels, sse
from samovar.live.channels import Channel
from samovar.live.stream import envelope

router = Router(tags=["live"])

MOST_CHANNELS = 32
LAST_NUMBER = 2**63 - 1

Names = Annotated[list[str], Query(min_length=1, max_length=MOST_CHANNELS)]


@router.get("live", response={200: CentrifugoShape | SseShape, **PROBLEMS})
def find_transport(request: HttpRequest, channel: Names) -> dict[str, Any]:
    """Return where to listen for news of the channels, each `run:ID` or of a kind of an app's."""
    names = [str(find_channel(request, name)) for name in dict.fromkeys(channel)]
    if conf.options().CENTRIFUGO_URL:
        return _centrifugo(request, names)
    return {"transport": "sse", "url": _sse_url(names)}


@router.get(
    "live/events",
    openapi_extra={"responses": {200: {"content": {"text/event-stream": {}}}}},
)
async def follow_channels(request: HttpRequest, channel: Names) -> HttpResponseBase:
    """Follow channels by Server-Sent Events: each is `{"channel","event","id","data"}`.

    `Last-Event-ID` or `?after=` resume: a position for each channel, joined by commas.
    """
    names = dict.fromkeys(channel)
    wanted = await sync_to_async(lambda: [find_channel(request, name) for name in names])()
    return sse.respond_to_all(request, wanted, access.user_of(request))


@router.get("live/news", response={200: NewsShape, **PROBLEMS})
def read_channel(
    request: HttpRequest, channel: str, after: Annotated[int, Query(ge=0, le=LAST_NUMBER)] = 0
) -> dict[str, Any]:
    """Return what an app's channel has said behind the position `after`, and how it stands."""
    found = find_channel(request, channel)
    if found.kind == channels.RUN:
        words = _("Read a run's log instead.")
        raise Problem(422, words, [("channel", words)])
    return {"events": [envelope(found, event) for event in channels.read(found, after)]}


def find_channel(request: HttpRequest, name: str) -> Channel:
    """Return the channel; raise Problem (404) when there is none that the asker may hear."""
    channel = Channel.parse(name)
    if channel.kind == channels.RUN:
        return Channel(channels.RUN, str(guard.find_run(request, channel.id).pk))
    if not channels.may_see(access.user_of(request), channel):
        raise Problem(404, _("There is no channel with this name."))
    return channel


def _centrifugo(request: HttpRequest, names: list[str]) -> dict[str, Any]:
    options = conf.options()
    now = clock.now()
    token = centrifugo.token(
        access.caller_of(request),
        names,
        key=options.CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY,
        now=now,
    )
    return {
        "transport": "centrifugo",
        "url": centrifugo.socket_url(options.CENTRIFUGO_PUBLIC_URL),
        "token": token,
        "expires_at": clock.rfc3339(now + centrifugo.TOKEN_LIFE),
        "channels": names,
    }


def _sse_url(names: list[str]) -> str:
    root = f"{reverse('samovar:home')}api/v1/"
    only = Channel.parse(names[0])
    if len(names) == 1 and only.kind == channels.RUN:
        return f"{root}runs/{only.id}/events"
    return f"{root}live/events?{urlencode({'channel': names}, doseq=True)}"
