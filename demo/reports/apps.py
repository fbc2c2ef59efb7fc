"""The reports application."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Reports that are written by schedule."""

    name = "reports"
    verbose_name = _("Reports")
