"""The showcase application."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShowcaseConfig(AppConfig):
    """Jobs to learn from."""

    name = "showcase"
    verbose_name = _("Showcase")
