"""Addresses of the demo site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("showcase.urls")),
    path("", include("chat.urls")),
    path("", include("samovar.urls")),
]
