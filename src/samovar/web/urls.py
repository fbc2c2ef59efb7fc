"""The addresses of the pages (samovar/urls.py mounts them)."""

from __future__ import annotations

from django.urls import path

from samovar.web.views.again import again
from samovar.web.views.artifact import artifact
from samovar.web.views.cancellation import cancellation
from samovar.web.views.group import group, group_again, group_cancellation
from samovar.web.views.health import alive, ready
from samovar.web.views.help import help_page
from samovar.web.views.home import home
from samovar.web.views.job import job
from samovar.web.views.keeping import keeping
from samovar.web.views.language import language
from samovar.web.views.log_text import log_text
from samovar.web.views.run import run
from samovar.web.views.runs import runs
from samovar.web.views.schedule_actions import deletion
from samovar.web.views.schedule_actions import pause as schedule_pause
from samovar.web.views.schedule_actions import resumption as schedule_resumption
from samovar.web.views.schedule_actions import runs as schedule_runs
from samovar.web.views.schedules import new_schedule, schedule, schedules
from samovar.web.views.theme import theme
from samovar.web.views.upload import upload
from samovar.web.views.workers import pause, resumption, workers

urlpatterns = [
    path("", home, name="home"),
    path("jobs/<str:name>/", job, name="job"),
    path("runs/", runs, name="runs"),
    path("runs/<str:run_id>/", run, name="run"),
    path("runs/<str:run_id>/log.txt", log_text, name="run-log"),
    path("runs/<str:run_id>/artifacts/<str:name>", artifact, name="artifact"),
    path("runs/<str:run_id>/uploads/<str:name>", upload, name="upload"),
    path("runs/<str:run_id>/cancellation/", cancellation, name="run-cancellation"),
    path("runs/<str:run_id>/again/", again, name="run-again"),
    path("schedules/", schedules, name="schedules"),
    path("schedules/new/", new_schedule, name="new-schedule"),
    path("schedules/<str:schedule_id>/", schedule, name="schedule"),
    path("schedules/<str:schedule_id>/pause/", schedule_pause, name="schedule-pause"),
    path(
        "schedules/<str:schedule_id>/resumption/", schedule_resumption, name="schedule-resumption"
    ),
    path("schedules/<str:schedule_id>/runs/", schedule_runs, name="schedule-runs"),
    path("schedules/<str:schedule_id>/deletion/", deletion, name="schedule-deletion"),
    path("runs/<str:run_id>/keeping/", keeping, name="run-keeping"),
    path("groups/<str:group_id>/", group, name="group"),
    path("groups/<str:group_id>/cancellation/", group_cancellation, name="group-cancellation"),
    path("groups/<str:group_id>/again/", group_again, name="group-again"),
    path("workers/", workers, name="workers"),
    path("queues/<str:name>/pause/", pause, name="queue-pause"),
    path("queues/<str:name>/resumption/", resumption, name="queue-resumption"),
    path("help/", help_page, name="help"),
    path("language/", language, name="language"),
    path("theme/", theme, name="theme"),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
]
