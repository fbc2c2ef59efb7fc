"""Who is let in, and what they may name: asked by every operation before its work."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from samovar import access, origin, receiving
from samovar.api import bearer
from samovar.api.problems import Problem
from samovar.jobs import registry
from samovar.models import Group, Run

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.jobs.job import Job


def enter(request: HttpRequest) -> bool:
    """Return True, or raise Problem: 401 when it is not known who asks, 403 for another site, 413
    for too large an upload.

    A browser adds no bearer token by itself, so no other site can misuse one through it.
    """
    if bearer.enter(request):
        receiving.prepare(request)
        return True
    if not access.may_enter(access.user_of(request)):
        raise bearer.refused(_("This site is closed. Sign in, or send a bearer token."))
    receiving.prepare(request)
    if reason := origin.refusal(request):
        raise Problem(403, reason)
    return True


def startable_job(request: HttpRequest, name: str) -> Job[Any, Any]:
    """Return the job that the request may start; raise UnknownJob (404) or Problem (403)."""
    job = registry.get(name)
    if not access.may_start(access.user_of(request), job):
        raise Problem(403, _("You may not start this job."))
    return job


def find_run(request: HttpRequest, run_id: str) -> Run:
    """Return the run; raise Problem (404) when there is none that the asker may see."""
    try:
        return access.visible_to(access.user_of(request)).get(pk=uuid.UUID(run_id))
    except (ValueError, Run.DoesNotExist) as error:
        raise Problem(404, _("There is no run with this id.")) from error


def find_group(request: HttpRequest, group_id: str) -> Group:
    """Return the group; raise Problem (404) when there is none that the asker may see."""
    try:
        return access.visible_groups(access.user_of(request)).get(pk=uuid.UUID(group_id))
    except (ValueError, Group.DoesNotExist) as error:
        raise Problem(404, _("There is no group with this id.")) from error
