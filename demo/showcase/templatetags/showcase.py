"""Runs in the words of Celery's users: tasks, with PENDING, SUCCESS, FAILURE and REVOKED."""

from __future__ import annotations

from typing import Any

from django import template

from samovar.access import user_of, visible_to
from samovar.models import FINAL, RunState

register = template.Library()

SHOWN = 20
_WORDS = {
    RunState.SUCCEEDED: "SUCCESS",
    RunState.FAILED: "FAILURE",
    RunState.CANCELLED: "REVOKED",
}


@register.filter
def task_status(state: str) -> str:
    """Return Celery's word for a run's state: PENDING until the end."""
    return _WORDS.get(RunState(state), "PENDING")


@register.inclusion_tag("showcase/_tasks.html", takes_context=True)
def tasks(context: template.Context) -> dict[str, Any]:
    """Show *Create Task!*, and the newest active and finished tasks that the visitor may see."""
    request = context["request"]
    newest = visible_to(user_of(request)).newest_first()
    return {
        "request": request,
        "active": newest.active()[:SHOWN],
        "finished": newest.filter(state__in=FINAL)[:SHOWN],
    }
