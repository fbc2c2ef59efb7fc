"""The Django application: wires connections, registry and engine when Django starts."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _

from samovar import sqlite


class SamovarConfig(AppConfig):
    """Samovar in INSTALLED_APPS; stands first, above `django.contrib.staticfiles`."""

    name = "samovar"
    label = "samovar"
    verbose_name = _("Samovar")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Prepare connections, load every app's jobs, give them to the engine, and news to who
        listens.
        """
        connection_created.connect(sqlite.prepare, dispatch_uid="samovar.sqlite")
        import_module("samovar.checks")
        import_module("samovar.deployment")
        registry = import_module("samovar.jobs.registry")
        registry.autodiscover()
        import_module("samovar.live.push").install()
        import_module("samovar.conf").load("ENGINE").install()
