"""The static files of a site without DEBUG, which Django leaves to others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from servestatic import ServeStaticASGI


def with_static_files(application: Any) -> ServeStaticASGI:
    """Put a server of static files before `application`.

    It serves what `collectstatic` has put into STATIC_ROOT, with the compressed variants that lie
    there; where nothing was collected, the files of the apps themselves.
    """
    server = ServeStaticASGI(
        application, allow_all_origins=False, add_headers_function=_add_headers
    )
    for folder in _folders():
        server.add_files(folder, prefix=settings.STATIC_URL)
    return server


def _folders() -> list[str]:
    """Return the folders, the first to be found last: a later one covers it."""
    if Path(settings.STATIC_ROOT).is_dir():
        return [str(settings.STATIC_ROOT)]
    found = [
        storage.location
        for finder in get_finders()
        for storage in getattr(finder, "storages", {}).values()
    ]
    return [str(folder) for folder in reversed(found)]


def _add_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
