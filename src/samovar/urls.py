"""All addresses of Samovar: `path("", include("samovar.urls"))`, or under any prefix."""

from __future__ import annotations

from django.urls import include, path

app_name = "samovar"

urlpatterns = [
    path("", include("samovar.web.urls")),
    path("api/v1/", include("samovar.api.urls")),
]
