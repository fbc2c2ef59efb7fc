"""The ledger in Django's admin: to look at, never to change.

What may be done stands on the site's own pages; only bearer tokens are made and removed here.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from samovar.models import Attempt, BearerToken, Queue, Run, Worker
from samovar.models.ladder import ladder_of

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from samovar.models.ladder import Taken

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
    fields = [
        "number", "state", "worker", "host", "pid", "reason", "started_at", "finished_at", "steps",
    ]  # fmt: skip
    readonly_fields = ["steps"]
    ordering = ["number"]

    @admin.display(description=_("steps of the cancel"))
    def steps(self, row: Attempt) -> SafeString:
        """Show the ladder of the attempt's cancel."""
        return _steps(row.ladder)


def _steps(taken: list[Taken]) -> SafeString:
    lines = ((step.label, date_format(localtime(at), "Y-m-d H:i:s.u")) for step, at in taken)
    return format_html_join(mark_safe("<br>"), "{} {}", lines) or mark_safe("-")


class LedgerAdmin(ReadOnly, ModelAdmin):
    """A table of the ledger, each of whose rows links to the site."""

    readonly_fields = ["page"]
    show_full_result_count = False
    view_on_site = False  # the link is ours

    @admin.display(description=_("page"))
    def page(self, row: Any) -> SafeString:
        """Link to the page that shows the row."""
        return format_html('<a href="{}">{}</a>', self.address(row), _("open"))

    def address(self, _row: Any) -> str:
        """Return where the site shows the row: workers and queues share a page."""
        return reverse("samovar:workers")


@admin.register(Run)
class RunAdmin(LedgerAdmin):
    """The runs, newest first; no list is counted in full."""

    list_display = ["id", "job", "state", "owner", "queue", "created_at", "finished_at", "page"]
    list_filter = ["state"]
    list_select_related = ["owner"]
    search_fields = ["id", "job"]
    ordering = ["-created_at", "-id"]
    exclude = ["token", "ladder"]
    readonly_fields = ["page", "steps"]
    inlines = [AttemptInline]

    @admin.display(description=_("steps of the cancel"))
    def steps(self, row: Run) -> SafeString:
        """Show the ladder of the run's cancel."""
        return _steps(ladder_of(row))

    def address(self, row: Run) -> str:
        """Return the address of the run's page."""
        return row.url

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Run], search_term: str
    ) -> tuple[QuerySet[Run], bool]:
        """Find a run by its id, or the runs of a job: both by an index."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(search_term)), False
        except ValueError:
            return queryset.filter(job=search_term), False


@admin.register(Attempt)
class AttemptAdmin(LedgerAdmin):
    """The attempts, the last ones first."""

    list_display = ["run", "number", "state", "worker", "host", "pid", "started_at", "page"]
    list_filter = ["state"]
    list_select_related = ["run"]
    ordering = ["-started_at"]
    exclude = ["token"]

    def address(self, row: Attempt) -> str:
        """Return the address of its run's page."""
        return row.run.url


@admin.register(Worker)
class WorkerAdmin(LedgerAdmin):
    """The workers that live."""

    list_display = ["name", "host", "pid", "slots", "is_stopping", "started_at", "seen_at", "page"]


@admin.register(Queue)
class QueueAdmin(LedgerAdmin):
    """The queues that somebody has paused."""

    list_display = ["name", "paused_at", "page"]


@admin.register(BearerToken)
class BearerTokenAdmin(ModelAdmin):
    """The bearer tokens: made and removed, never changed; a token's text is shown once."""

    list_display = ["user", "name", "created_at", "used_at"]
    list_select_related = ["user"]
    raw_id_fields = ["user"]

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Refuse: who needs another token makes one."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: BearerToken,
        form: forms.Form,
        change: bool,  # noqa: FBT001 - Django's
    ) -> None:
        """Store a new token, and keep its text for the page that follows."""
        request.samovar_text = obj.renew()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: BearerToken, _post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the text at once: a redirect would have to carry it in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New bearer token"),
            "opts": self.opts,
            "token": obj,
            "text": request.samovar_text,  # type: ignore[attr-defined]
        }
        template = "admin/samovar/bearertoken/issued.html"
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, template, context, headers=headers)
