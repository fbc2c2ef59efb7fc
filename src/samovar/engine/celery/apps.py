"""Prepare every Celery app of the process: broker, result backend, tasks.

An app may have been made before Django was ready, or be made long after. So what is here now is
prepared now, and the rest as Celery does it with shared tasks: when the app is finalized.
"""

from __future__ import annotations

from typing import Any

import celery
from celery import Celery

from samovar.engine import doorbell
from samovar.engine.celery import brokers, observing
from samovar.engine.celery.backend import ledger_first
from samovar.engine.celery.revoking import cancel_by_control
from samovar.engine.celery.task import register_jobs

APP_NAME = "samovar"
CREW_STEP = "samovar.engine.celery.worker:CrewStep"


def install() -> None:
    """Prepare all apps; make one from the settings named `CELERY_…` when the project has none."""
    doorbell.register()
    observing.install()
    state: Any = celery._state  # noqa: SLF001 - where `shared_task` looks too
    state.connect_on_app_finalize(prepare)
    if state.default_app is None and not state._get_active_apps():  # noqa: SLF001 - likewise
        _make_app()
    for app in tuple(state._get_active_apps()):  # noqa: SLF001 - likewise
        prepare(app)


def prepare(app: Any) -> None:
    """Let a Celery app know the jobs, read results from the ledger, cancel there, and have a
    broker.

    May be done twice.
    """
    if app.configured:
        _settle_broker(app)
    else:
        app.on_after_configure.connect(_on_configured, weak=False, dispatch_uid="samovar")
    ledger_first(app)
    cancel_by_control(app)
    app.steps["worker"].add(CREW_STEP)
    if app.finalized:
        register_jobs(app)


def _make_app() -> None:
    app: Any = Celery(APP_NAME)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.set_default()


def _on_configured(*, sender: Any, **_: Any) -> None:
    _settle_broker(sender)


def _settle_broker(app: Any) -> None:
    """Use the doorbell where Celery would use RabbitMQ on this host, because nothing is set; and
    let no broker hold anybody up, unless the project has its own settings for that.
    """
    if getattr(app, "has_samovar_broker", False):
        return
    app.has_samovar_broker = True
    url = app.conf.broker_read_url or app.conf.broker_url or app.conf.broker_write_url
    if not url:
        app.conf.broker_url = url = doorbell.URL
        app.conf.broker_transport = None
    first = url if isinstance(url, str) else url[0]
    app.add_defaults(brokers.defaults(first))
