"""Settings of the demo site: every one has a default that works in a fresh clone, and is taken
from the environment. docs/settings.md has them in one table.
"""

from __future__ import annotations

import sys
from pathlib import Path

from config.environment import environment
from config.secret import development_key

REPOSITORY = Path(__file__).resolve().parents[2]
BASE_DIR = REPOSITORY / "demo"

env = environment(REPOSITORY)

# Data: database, doorbell, letters, artifacts, reports.
DATA = Path(env.str("SAMOVAR_DATA", default=str(REPOSITORY / "data"))).absolute()
DATA.mkdir(parents=True, exist_ok=True)

# DEBUG is on only under `manage.py runserver`, unless the environment says otherwise.
IS_RUNSERVER = "runserver" in sys.argv[1:2] and Path(sys.argv[0]).name == "manage.py"
DEBUG = env.bool("DEBUG", default=IS_RUNSERVER)
SECRET_KEY = env.secret("SECRET_KEY") or development_key(DATA / "secret.key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# HTTPS says that people reach the site by https alone, through a proxy that sets the header.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

INSTALLED_APPS = [
    "samovar",
    "showcase",
    "chat",
    "reports",
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

DATABASES = {"default": env.database("DATABASE_URL", default=DATA / "db.sqlite3")}
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

LOGIN_URL = "chat:sign-in"
LOGIN_REDIRECT_URL = "chat:rooms"
LOGOUT_REDIRECT_URL = "chat:sign-in"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA / "static")))

# E-mail. Without a server letters are files in the data folder.
vars().update(
    env.email("EMAIL_URL", DATA / "letters", timeout=env.int("EMAIL_TIMEOUT", default=10))
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Samovar <samovar@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Celery. Without a broker the doorbell carries the ids: no server at all.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=None)
if not CELERY_BROKER_URL:
    # So that commands which never set up Django, as `celery inspect`, find the doorbell too.
    CELERY_BROKER_TRANSPORT = "samovar.engine.doorbell:Transport"
CELERY_TASK_DEFAULT_QUEUE = "samovar.default"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.int("SAMOVAR_SLOTS", default=2)
CELERY_WORKER_SEND_TASK_EVENTS = bool(CELERY_BROKER_URL)  # what Flower and its like show
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULER = "samovar.engine.celery.beat:Scheduler"

SAMOVAR = {"DATA": DATA}
for _name, _read in {
    "SAMOVAR_SLOTS": env.int,
    "SAMOVAR_LEASE_SECONDS": env.float,
    "SAMOVAR_CANCEL_GRACE_SECONDS": env.float,
    "SAMOVAR_STOP_GRACE_SECONDS": env.float,
    "SAMOVAR_CRASHES": env.int,
    "SAMOVAR_OPEN": env.bool,
    "SAMOVAR_EMBEDDED_WORKER": env.bool,
    "SAMOVAR_SCHEDULES": env.bool,
    "SAMOVAR_OBSERVE": env.list,
    "SAMOVAR_KEEP_DAYS": env.float,
    "SAMOVAR_KEEP_FAILED_DAYS": env.float,
    "SAMOVAR_KEEP_FILES_DAYS": env.float,
    "SAMOVAR_UPLOAD_MEGABYTES": env.int,
    # Centrifugo's own names, so that one file of variables serves it and us.
    "CENTRIFUGO_URL": env.str,
    "CENTRIFUGO_PUBLIC_URL": env.str,
    "CENTRIFUGO_HTTP_API_KEY": env.secret,
    "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": env.secret,
    "FLOWER_URL": env.str,
}.items():
    if env.has(_name):
        SAMOVAR[_name.removeprefix("SAMOVAR_")] = _read(_name)
