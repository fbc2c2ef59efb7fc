"""Where a page listens for news: the door to whichever live transport the site has."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router

from samovar import access, clock, conf
from samovar.api import guard
from samovar.api.answers import PROBLEMS
from samovar.api.problems import Problem
from samovar.api.shapes import CentrifugoShape, SseShape
from samovar.live import centrifugo, channels
from samovar.live.channels import Channel

router = Router(tags=["live"])

TOKEN_LIFE = dt.timedelta(minutes=10)
MOST_CHANNELS = 32

Names = Annotated[list[str], Query(min_length=1, max_length=MOST_CHANNELS)]


@router.get("live", response={200: CentrifugoShape | SseShape, **PROBLEMS})
def find_transport(request: HttpRequest, channel: Names) -> dict[str, Any]:
    """Return where to listen for news of the channels, each `run:ID` or of a kind of an app's."""
    names = [str(find_channel(request, name)) for name in dict.fromkeys(channel)]
    if conf.options().CENTRIFUGO_URL:
        return _centrifugo(request, names)
    return {"transport": "sse", "url": _sse_url(names)}


def find_channel(request: HttpRequest, name: str) -> Channel:
    """Return the channel; raise Problem (404) when there is none that the asker may hear."""
    channel = Channel.parse(name)
    if channel.kind == channels.RUN:
        return Channel(channels.RUN, str(guard.find_run(request, channel.id).pk))
    kind = channels.kind(channel.kind)
    if kind is None or not kind.may_see(access.user_of(request), channel.id):
        raise Problem(404, _("There is no channel with this name."))
    return channel


def _centrifugo(request: HttpRequest, names: list[str]) -> dict[str, Any]:
    options = conf.options()
    until = clock.now() + TOKEN_LIFE
    token = centrifugo.token(
        access.caller_of(request),
        names,
        key=options.CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY,
        until=until,
    )
    return {
        "transport": "centrifugo",
        "url": centrifugo.socket_url(options.CENTRIFUGO_PUBLIC_URL),
        "token": token,
        "expires_at": clock.rfc3339(until),
        "channels": names,
    }


def _sse_url(names: list[str]) -> str:
    root = f"{reverse('samovar:home')}api/v1/"
    only = Channel.parse(names[0])
    if len(names) == 1 and only.kind == channels.RUN:
        return f"{root}runs/{only.id}/events"
    return f"{root}live/events?{urlencode({'channel': names}, doseq=True)}"
