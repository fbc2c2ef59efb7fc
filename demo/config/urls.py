"""Addresses of the demo site."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    # Browsers ask for it on pages that name no icon.
    path("favicon.ico", RedirectView.as_view(url=static("samovar/mark.svg"))),
    path("", include("showcase.urls")),
    path("", include("chat.urls")),
    path("", include("samovar.urls")),
]
