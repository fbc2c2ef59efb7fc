"""All addresses of Samovar: `path("", include("samovar.urls"))`, or under any prefix."""

from __future__ import annotations

from django.urls import include, path

from samovar.web.headers import seal

app_name = "samovar"

urlpatterns = [
    path("", include("samovar.web.urls")),
    path("api/v1/", include("samovar.api.urls")),
]
seal(urlpatterns)
