"""Who may see and start what: the one place that pages, API and live streams ask.

On an open site (`SAMOVAR["OPEN"]`) anybody may see and start everything. On a closed one staff
may; others see the runs they own, and start the jobs whose `permission` they have. A job's
`permission` is asked for on both.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib.auth.models import AnonymousUser

from samovar import conf
from samovar.jobs import registry
from samovar.models import Group, Run

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from samovar.jobs.job import Job
    from samovar.jobs.options import Permission
    from samovar.models.run import RunQuerySet

    User: TypeAlias = AbstractBaseUser | AnonymousUser

logger = logging.getLogger(__name__)


def user_of(request: HttpRequest) -> User:
    """Return who sent the request; anonymous where the site has no authentication."""
    return getattr(request, "user", AnonymousUser())


def owner_of(request: HttpRequest) -> AbstractBaseUser | None:
    """Return whom a run that this request starts belongs to: None when anonymous."""
    user = user_of(request)
    return user if user.is_authenticated and user.pk else None


def name_of(request: HttpRequest) -> str:
    """Return what whoever sent the request is called; "" when anonymous."""
    owner = owner_of(request)
    return "" if owner is None else owner.get_username()


def caller_of(request: HttpRequest) -> str:
    """Return the key of who sent the request; "" when anonymous."""
    owner = owner_of(request)
    return "" if owner is None else str(owner.pk)


def may_enter(user: User) -> bool:
    """Return whether `user` may see anything at all."""
    return conf.options().OPEN or (user.is_authenticated and user.is_active)


def may_start(user: User, job: Job[Any, Any]) -> bool:
    """Return whether `user` may start runs of `job`."""
    if job.permission is None:
        return may_operate(user)
    return may_enter(user) and _has(user, job.permission)


def startable_by(user: User) -> list[Job[Any, Any]]:
    """Return the jobs that `user` may start, by name."""
    return [job for job in registry.all() if may_start(user, job)]


def may_operate(user: User) -> bool:
    """Return whether `user` may see every run, start every job and pause queues."""
    return conf.options().OPEN or (user.is_active and bool(getattr(user, "is_staff", False)))


def visible_to(user: User) -> RunQuerySet:
    """Return the runs that `user` may see, cancel and start again."""
    if may_operate(user):
        return Run.objects.all()
    if not may_enter(user):
        return Run.objects.none()
    return Run.objects.filter(owner_id=user.pk)


def visible_groups(user: User) -> QuerySet[Group]:
    """Return the groups that `user` may see, cancel and start again."""
    if may_operate(user):
        return Group.objects.all()
    if not may_enter(user):
        return Group.objects.none()
    return Group.objects.filter(owner_id=user.pk)


def _has(user: User, permission: Permission) -> bool:
    """Return whether `user` has it; a function that fails lets nobody in."""
    if isinstance(permission, str):
        has_perm = getattr(user, "has_perm", None)
        return bool(has_perm and has_perm(permission))
    try:
        return bool(permission(user))
    except Exception:
        logger.exception("The permission %r has failed; it is taken for a no.", permission)
        return False
