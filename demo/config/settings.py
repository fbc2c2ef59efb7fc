"""Settings of the demo site: every one has a default that works in a fresh clone, and is taken
from the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import environ

from config.secret import development_key

REPOSITORY = Path(__file__).resolve().parents[2]
BASE_DIR = REPOSITORY / "demo"

env = environ.Env()

# Data: database, doorbell, letters, artifacts, reports.
DATA = Path(env.str("SAMOVAR_DATA", default=str(REPOSITORY / "data"))).absolute()
DATA.mkdir(parents=True, exist_ok=True)

# DEBUG is on only under `manage.py runserver`, unless the environment says otherwise.
IS_RUNSERVER = "runserver" in sys.argv[1:2] and Path(sys.argv[0]).name == "manage.py"
DEBUG = env.bool("DEBUG", default=IS_RUNSERVER)
SECRET_KEY = env.str("SECRET_KEY", default="") or development_key(DATA / "secret.key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "samovar",
    "showcase",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "samovar.web.middleware.one_thread",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"

# Celery. Without a broker the doorbell carries the ids: no server at all.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=None)
if not CELERY_BROKER_URL:
    # So that commands which never set up Django, as `celery inspect`, find the doorbell too.
    CELERY_BROKER_TRANSPORT = "samovar.engine.doorbell:Transport"
CELERY_TASK_DEFAULT_QUEUE = "samovar.default"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.int("SAMOVAR_SLOTS", default=2)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None

SAMOVAR = {"DATA": DATA}
for _name, _cast in {
    "SLOTS": env.int,
    "LEASE_SECONDS": env.float,
    "CANCEL_GRACE_SECONDS": env.float,
    "STOP_GRACE_SECONDS": env.float,
    "CRASHES": env.int,
    "OPEN": env.bool,
    "EMBEDDED_WORKER": env.bool,
}.items():
    if f"SAMOVAR_{_name}" in env.ENVIRON:
        SAMOVAR[_name] = _cast(f"SAMOVAR_{_name}")
