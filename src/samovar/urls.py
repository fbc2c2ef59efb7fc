"""All addresses of Samovar: `path("", include("samovar.urls"))`, or under any prefix."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from samovar.api.metrics import metrics
from samovar.web.headers import seal

app_name = "samovar"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("samovar.web.urls")),
    path("api/v1/", include("samovar.api.urls")),
    path("metrics", metrics, name="metrics"),
]
seal(urlpatterns)
