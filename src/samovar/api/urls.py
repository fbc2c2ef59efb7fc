"""The addresses of the API, to be included under `api/v1/`."""

from __future__ import annotations

from django.urls import URLPattern, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from samovar.api import methods, problems
from samovar.api.site import api

patterns, _app_name, namespace = api.urls
for pattern in patterns:
    if isinstance(pattern, URLPattern):
        pattern.callback = methods.versed(pattern.callback)

urlpatterns = [
    path("", csrf_exempt(problems.missing)),
    path("", include((patterns, namespace))),
    re_path("", csrf_exempt(problems.missing)),
]
