"""System checks: mistakes that can be seen before anything runs."""

from __future__ import annotations

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from samovar.jobs import registry


@register("samovar")
def check_clashes(**_: object) -> list[CheckMessage]:
    """E001: two functions are declared as jobs of one name."""
    return [
        checks.Error(
            str(clash),
            hint="Give one of them another name: @job(name=...).",
            id="samovar.E001",
        )
        for clash in registry.clashes()
    ]


@register("samovar")
def check_order(**_: object) -> list[CheckMessage]:
    """W001: another application's `runserver` is found before ours."""
    apps = list(settings.INSTALLED_APPS)
    ours = [name for name in apps if name.split(".")[0] == "samovar"]
    theirs = "django.contrib.staticfiles"
    if ours and theirs in apps and apps.index(ours[0]) > apps.index(theirs):
        return [
            checks.Warning(
                "'samovar' stands below 'django.contrib.staticfiles' in INSTALLED_APPS, so "
                "`runserver` is not Samovar's: it serves no live pages and starts no worker.",
                hint="Put 'samovar' first in INSTALLED_APPS.",
                id="samovar.W001",
            )
        ]
    return []


@register("samovar")
def check_atomic_requests(**_: object) -> list[CheckMessage]:
    """W002: each request is one transaction, so SQLite's other writers wait for it."""
    database = settings.DATABASES.get("default", {})
    if database.get("ATOMIC_REQUESTS") and database.get("ENGINE", "").endswith("sqlite3"):
        return [
            checks.Warning(
                "ATOMIC_REQUESTS makes each request a transaction: on SQLite every other writer "
                "waits until it ends.",
                hint="Take ATOMIC_REQUESTS out of DATABASES['default'], and use "
                "transaction.atomic where it is needed.",
                id="samovar.W002",
            )
        ]
    return []
