"""The project of a Celery introduction, word for word, with `"samovar"` among its apps."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.ports import answers, free_port
from tests.rig.site import ROOT
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CELERY = """\
# myproject/celery.py
import os
from celery import Celery
from django.conf import settings

# Указываем Django settings module для Celery
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'myproject.settings')

# Создаем экземпляр Celery
app = Celery('myproject')

# Настраиваем Celery для автоматического обнаружения задач в приложениях Django
app.config_from_object('django.conf:settings', namespace='CELERY')

# Загружаем задачи из всех установленных приложений Django
app.autodiscover_tasks()
"""

SETTINGS = """\
# Настройки брокера сообщений (Redis в данном случае)
CELERY_BROKER_URL = 'redis://localhost:6379'
CELERY_RESULT_BACKEND = 'redis://localhost:6379'

# Настройки сериализации данных
CELERY_ACCEPT_CONTENT = ['application/json']
CELERY_TASK_SERIALIZER = 'json'
CELERY_RESULT_SERIALIZER = 'json'
"""

TASKS = """\
# myapp/tasks.py
from celery import shared_task
from time import sleep

@shared_task
def my_task(duration):
    \"\"\"
    Пример задачи Celery, которая имитирует долгую операцию.
    \"\"\"
    sleep(duration)
    return f'Задача выполнена за {duration} секунд!'
"""

VIEWS = """\
# myapp/views.py
from django.http import HttpResponse
from .tasks import my_task

def my_view(request):
    # Добавляем задачу в очередь Celery
    result = my_task.delay(10)  # Запускаем задачу с аргументом 10 (секунды)

    # Получаем ID задачи для отслеживания ее статуса
    task_id = result.id

    # ... дальнейшая обработка запроса ...

    return HttpResponse(f'Задача добавлена в очередь, ID задачи: {task_id}')
"""

# What the introduction leaves to `startproject`; Redis is the test's own.
REST = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).parents[1]
SECRET_KEY = "a key of a project that lives as long as one test"
DEBUG = True
INSTALLED_APPS = [
    "samovar",
    "myapp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
ROOT_URLCONF = "myproject.urls"
STATIC_URL = "static/"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
CELERY_BROKER_URL = CELERY_RESULT_BACKEND = os.environ["REDIS"]
SAMOVAR = {"OBSERVE": ["myapp.*"]}
"""

URLS = """
from django.urls import include, path
from myapp.views import my_view

urlpatterns = [path("my-view/", my_view), path("samovar/", include("samovar.urls"))]
"""

RESULT = """
import django, sys
django.setup()
from celery.result import AsyncResult
print(AsyncResult(sys.argv[1]).get(timeout=60))
"""


OBSERVED = """
import django, sys
django.setup()
from samovar.models import Run
run = Run.objects.get(pk=sys.argv[1])
print(run.state, run.params, run.result, run.attempts.get().state)
"""


class Project:
    """The project in a folder of its own."""

    def __init__(self, folder: Path, redis: str) -> None:
        self._folder = folder
        self._redis = redis
        for path, text in {
            "myproject/__init__.py": "",
            "myproject/celery.py": CELERY,
            "myproject/settings.py": SETTINGS + REST,
            "myproject/urls.py": URLS,
            "myapp/__init__.py": "",
            "myapp/tasks.py": TASKS,
            "myapp/views.py": VIEWS,
        }.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    def python(self, *argv: str) -> str:
        """Return what a Python of the project prints."""
        done = subprocess.run(
            [sys.executable, *argv],
            cwd=self._folder,
            env=self._environ,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=90,
        )
        return done.stdout

    @contextlib.contextmanager
    def running(self, name: str, *argv: str) -> Iterator[Path]:
        """Run a process of the project while the block lasts; give the path of its log."""
        path = self._folder / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield path
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    @property
    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{self._folder}:{ROOT / 'src'}",
            "DJANGO_SETTINGS_MODULE": "myproject.settings",
            "REDIS": self._redis,
        }


def test_its_view_its_worker_and_its_result(tmp_path, redis_server):
    project = Project(tmp_path, redis_server)
    project.python("-m", "django", "migrate", "--verbosity", "0")
    port = free_port()
    serve = ("-m", "django", "runserver", str(port), "--noreload")
    work = ("-m", "celery", "-A", "myproject", "worker", "-l", "info", "-c", "1")
    with project.running("site", *serve), project.running("worker", *work) as log:
        wait_for(lambda: " ready." in log.read_text(), 60, "the worker to be ready")
        wait_for(lambda: answers(port), 60, "the site to answer")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/my-view/", timeout=10) as answer:
            said = answer.read().decode()
        task = re.fullmatch("Задача добавлена в очередь, ID задачи: ([0-9a-f-]{36})", said)

        assert task is not None
        result = project.python("-c", RESULT, task[1])
        assert result == "Задача выполнена за 10 секунд!\n"
        assert ". myapp.tasks.my_task" in log.read_text()
        assert "(prefork)" in log.read_text()
        assert f"Task myapp.tasks.my_task[{task[1]}] succeeded in " in log.read_text()
        expected = "succeeded {'duration': 10} Задача выполнена за 10 секунд! succeeded\n"
        wait_for(lambda: project.python("-c", OBSERVED, task[1]) == expected, 20, "the row")
