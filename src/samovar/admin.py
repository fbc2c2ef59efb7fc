"""The ledger in Django's admin: to look at, never to change.

What may be done stands on the site's own pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from samovar.models import Attempt, Queue, Run, Worker

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Attempt, Run]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnly:
    """Lets people look and nothing else."""

    def has_add_permission(self, _request: HttpRequest, *_args: object) -> bool:
        """Refuse: rows come from runs and workers."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Refuse: a state moves only along its edges."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Refuse: history stays."""
        return False


class AttemptInline(ReadOnly, TabularInline):
    """The attempts of a run."""

    model = Attempt
    fields = ["number", "state", "worker", "host", "pid", "reason", "started_at", "finished_at"]
    ordering = ["number"]


@admin.register(Run)
class RunAdmin(ReadOnly, ModelAdmin):
    """The runs, newest first; no list is counted in full."""

    list_display = ["id", "job", "state", "owner", "queue", "created_at", "finished_at", "page"]
    list_filter = ["state"]
    list_select_related = ["owner"]
    search_fields = ["=id", "=job"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    exclude = ["token"]
    inlines = [AttemptInline]

    @admin.display(description=_("page"))
    def page(self, run: Run) -> SafeString:
        """Link to the run's page on the site."""
        return format_html('<a href="{}">{}</a>', run.url, _("open"))


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, ModelAdmin):
    """The attempts, the last ones first."""

    list_display = ["run", "number", "state", "worker", "host", "pid", "started_at", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["run"]
    ordering = ["-started_at"]
    show_full_result_count = False
    exclude = ["token"]


@admin.register(Worker)
class WorkerAdmin(ReadOnly, ModelAdmin):
    """The workers that live."""

    list_display = ["name", "host", "pid", "slots", "is_stopping", "started_at", "seen_at"]


@admin.register(Queue)
class QueueAdmin(ReadOnly, ModelAdmin):
    """The queues that somebody has paused."""

    list_display = ["name", "paused_at", "page"]

    @admin.display(description=_("page"))
    def page(self, _queue: Queue) -> SafeString:
        """Link to where queues are paused and resumed."""
        return format_html('<a href="{}">{}</a>', reverse("samovar:workers"), _("open"))
