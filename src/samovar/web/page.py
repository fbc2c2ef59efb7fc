"""What makes a view a page: who may come in, what may change something, how it says no."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import global_settings, settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.views.decorators.csrf import csrf_exempt

from samovar.access import may_enter, user_of
from samovar.origin import refusal
from samovar.web.headers import carrying
from samovar.web.rendering import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    View: TypeAlias = Callable[..., HttpResponseBase]


def page(view: View) -> View:
    """Send strangers to the login; show what is missing or refused as a page of ours."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_enter(user_of(request)):
            return redirect_to_login(request.get_full_path(), login_url())
        if reason := refusal(request):
            return _refused(request, reason)
        try:
            return view(request, *args, **kwargs)
        except Http404 as missing:
            return render(request, "404.html", {"message": str(missing)}, status=404)
        except PermissionDenied as refused:
            return _refused(request, str(refused))

    return csrf_exempt(carrying(guarded))


def login_url() -> str:
    """Return where people log in: the admin's page, unless the project has set LOGIN_URL."""
    if settings.LOGIN_URL != global_settings.LOGIN_URL:
        return str(settings.LOGIN_URL)
    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return str(settings.LOGIN_URL)


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "403.html", {"message": reason}, status=403)
