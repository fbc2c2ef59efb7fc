"""The API itself: its operations, its door, its errors and its description in one object."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from ninja import NinjaAPI

from samovar.api import details, groups, guard, jobs, live, problems, runs
from samovar.api.openapi import describe, readable
from samovar.theme import theme_of

api = NinjaAPI(
    title="Samovar",
    version="1",
    description="Start long-running jobs, follow their runs, read their logs.",
    urls_namespace="samovar-api",
    auth=guard.enter,
    # Both are operations of ours, below, so that they stand behind the same door.
    openapi_url=None,
    docs_url=None,
)
for module in (jobs, runs, groups, details, live):
    api.add_router("", module.router)
problems.install(api)


@api.get("openapi.json", include_in_schema=False)
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Return the description of the API, with the params of each job."""
    return JsonResponse(describe(api, request.path.removesuffix("openapi.json")))


@api.get("docs", include_in_schema=False)
def docs(request: HttpRequest) -> HttpResponse:
    """Return the page that tells the API to people."""
    shown = readable(describe(api, request.path.removesuffix("docs")))
    about = {
        "root": request.build_absolute_uri(request.path.removesuffix("docs")),
        "theme": theme_of(request),
    }
    return render(request, "samovar/api_docs.html", {**shown, **about})
