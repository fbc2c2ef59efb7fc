"""Refuse what another site makes a visitor's browser send.

On an open site nobody signs in, so there is no session to protect and no token to ask for; what
must not happen is that a page elsewhere starts jobs through a visitor's browser. On a closed site
Django's CSRF token is asked for as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import is_same_domain
from django.utils.translation import gettext as _

from samovar import conf

if TYPE_CHECKING:
    from django.http import HttpRequest

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


def refusal(request: HttpRequest) -> str:
    """Say why `request` may not change anything, or "" when it may; what only reads always may.

    A view that asks this is exempt from Django's own check (`csrf_exempt`), which would want a
    token on open sites too.
    """
    if request.method in SAFE:
        return ""
    if is_foreign(request):
        return _("Another site sent this request, so it was refused. Use this site's own pages.")
    if not conf.options().OPEN and lacks_token(request):
        return _("The CSRF token is missing or wrong. Reload the page and try again.")
    return ""


def is_foreign(request: HttpRequest) -> bool:
    """Return whether `Origin` or `Sec-Fetch-Site` says that another site sends the request.

    Programs send neither and pass. The sites of `CSRF_TRUSTED_ORIGINS` count as ours. `Origin` is
    compared without its scheme, which a server behind a proxy that ends TLS may not know.
    """
    if (origin := request.headers.get("Origin")) is not None:
        if _is_trusted(origin):
            return False
        if _site(origin)[1] != request.get_host().lower():
            return True
    return request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}


def lacks_token(request: HttpRequest) -> bool:
    """Return whether Django's CSRF check refuses the request, whatever the view's exemption."""
    check = CsrfViewMiddleware(_not_exempt)
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return check.process_view(request, _not_exempt, (), {}) is not None


def _is_trusted(origin: str) -> bool:
    scheme, host = _site(origin)
    return any(
        scheme == trusted_scheme and is_same_domain(host, trusted_host.lstrip("*"))
        for trusted_scheme, trusted_host in map(_site, settings.CSRF_TRUSTED_ORIGINS)
    )


def _site(origin: str) -> tuple[str, str]:
    """Return scheme and host (with port) of an origin; empty for `null` and what is no address."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _not_exempt(_request: HttpRequest) -> HttpResponse:
    """Stand for a view that is not exempt."""
    return HttpResponse()
