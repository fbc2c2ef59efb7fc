"""What a load balancer or Compose asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from samovar.web.readiness import faults

if TYPE_CHECKING:
    from django.http import HttpRequest


@never_cache
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer: the web process does."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when runs will be performed, else 503 and what is wrong."""
    found = faults()
    body = {"status": "unavailable" if found else "ok", "faults": found}
    return JsonResponse(body, status=503 if found else 200)
