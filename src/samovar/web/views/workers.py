"""Workers and queues, for whoever operates the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from samovar import clock, conf, transactions
from samovar.access import may_operate, user_of
from samovar.models import Queue
from samovar.runtime.queues import queue_lines
from samovar.runtime.roll import worker_lines
from samovar.web.page import page
from samovar.web.rendering import render, see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@page
def workers(request: HttpRequest) -> HttpResponse:
    """Show the queues, and who works on them."""
    _require_operator(request)
    context = {
        "queues": queue_lines(clock.now()),
        "workers": worker_lines(),
        "flower_url": conf.options().FLOWER_URL,
    }
    return render(request, "workers.html", context)


@page
@require_POST
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Let no run of the queue begin until it is resumed."""
    _require_operator(request)
    with transactions.write():
        Queue.pause(name, now=clock.now())
    return see_other(_here())


@page
@require_POST
def resumption(request: HttpRequest, name: str) -> HttpResponse:
    """Let runs of the queue begin again."""
    _require_operator(request)
    with transactions.write():
        Queue.resume(name)
    return see_other(_here())


def _here() -> str:
    return reverse("samovar:workers")


def _require_operator(request: HttpRequest) -> None:
    if not may_operate(user_of(request)):
        raise PermissionDenied(_("This page is for the staff of this site."))
