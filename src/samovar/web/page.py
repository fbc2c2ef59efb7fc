"""What makes a view a page: who may come in, what may change something, how it says no."""

from __future__ import annotations

import logging
from functools import partial, wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import global_settings, settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponseNotAllowed
from django.urls import NoReverseMatch, reverse
from django.views.decorators.csrf import csrf_exempt

from samovar.access import may_enter, user_of
from samovar.origin import refusal
from samovar.receiving import TooLarge, prepare
from samovar.web.headers import carrying
from samovar.web.rendering import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    View: TypeAlias = Callable[..., HttpResponseBase]

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


def page(view: View) -> View:
    """Send strangers to the login; show what is missing or refused as a page of ours."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return _enter(request, partial(view, request, *args, **kwargs))
        except Http404 as missing:
            return _refused(request, 404, str(missing))
        except PermissionDenied as refused:
            return _refused(request, 403, str(refused))
        except TooLarge as refused:
            return _refused(request, 413, str(refused))
        except (OperationalError, InterfaceError) as error:
            logger.error("The database is away: %s", error)  # noqa: TRY400 - it says all
            return _refused(request, 503, "", **{"Retry-After": str(RETRY_AFTER_SECONDS)})

    return csrf_exempt(carrying(guarded))


def _enter(request: HttpRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if not may_enter(user_of(request)):
        return redirect_to_login(request.get_full_path(), login_url())
    prepare(request)
    if reason := refusal(request):
        return _refused(request, 403, reason)
    response = view()
    if isinstance(response, HttpResponseNotAllowed):
        return _refused(request, 405, "", Allow=response["Allow"])
    return response


def login_url() -> str:
    """Return where people log in: the admin's page, unless the project has set LOGIN_URL."""
    if settings.LOGIN_URL != global_settings.LOGIN_URL:
        return str(settings.LOGIN_URL)
    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return str(settings.LOGIN_URL)


def _refused(request: HttpRequest, status: int, reason: str, **headers: str) -> HttpResponse:
    # What is too large came from a form, which stands at the same address.
    back = request.get_full_path() if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else ""
    context = {"message": reason, "back": back}
    response = render(request, f"{status}.html", context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response
