"""Celery by the book: put a task into the queue, and ask for its status by its id."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from samovar.origin import is_foreign
from samovar.web import job_or_404, page, render, run_or_404, start
from showcase.tasks import my_task, user_task

if TYPE_CHECKING:
    from django.http import HttpRequest


@page
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Put a task into the queue that fails with a chance of one half, and answer at once."""
    job_or_404(request, user_task.name)
    should_fail = random.choice([True, False])
    run = start(request, user_task, {"should_fail": should_fail})
    return render(request, "showcase/task_created.html", {"run": run})


@page
@require_safe
def get_status(request: HttpRequest, task_id: str) -> HttpResponse:
    """Show the current status of a task, and its result or error once it has ended."""
    return render(request, "showcase/task_status.html", {"run": run_or_404(request, task_id)})


@page
@require_safe
def my_view(request: HttpRequest) -> HttpResponse:
    """Answer with the id of a task that has just been put into the queue.

    The view of Celery's introduction. It starts something by GET, so what another site makes a
    visitor's browser ask for is refused here as a POST would be.
    """
    job_or_404(request, my_task.name)
    if is_foreign(request):
        raise PermissionDenied(_("Another site sent this request. Open the address yourself."))
    result = my_task.delay(10)
    return HttpResponse(f"Задача добавлена в очередь, ID задачи: {result.id}")
