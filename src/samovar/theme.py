"""Light or dark: what the visitor has chosen, kept in a cookie so that the server renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = "samovar_theme"
CHOICES = ("light", "dark")
SECONDS = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """Return "light" or "dark"; "" when the visitor's system decides."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""


def keep(response: HttpResponse, theme: str) -> None:
    """Let the visitor's browser keep the choice; what is no theme gives it back to the system."""
    if theme in CHOICES:
        response.set_cookie(COOKIE, theme, max_age=SECONDS, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
