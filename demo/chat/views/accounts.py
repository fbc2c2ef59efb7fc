"""Signing up; signing in and out are Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from chat.forms import SignUpForm
from samovar.web import render, see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SignIn(LoginView):
    """Django's own, on a page of ours."""

    template_name = "chat/sign_in.html"
    redirect_authenticated_user = True


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in."""
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        return see_other(reverse("chat:rooms"))
    return render(request, "chat/sign_up.html", {"form": form}, status=422 if form.errors else 200)
