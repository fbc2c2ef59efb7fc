"""Answers that several operations give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from ninja import Status

from samovar.api.shapes import ProblemShape
from samovar.runtime.snapshot import snapshot

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from samovar.models import Run

PROBLEMS = {frozenset({400, 401, 403, 404, 409, 413, 415, 422, 500, 503}): ProblemShape}


def accepted(request: HttpRequest, response: HttpResponse, run: Run) -> Status[dict[str, Any]]:
    """Answer 202 with a new run; `Location` is its address in the API."""
    assert request.resolver_match is not None  # Django has resolved what a view serves  # noqa: S101
    response["Location"] = reverse(f"{request.resolver_match.namespace}:show_run", args=[run.pk])
    return Status(202, snapshot(run))
