"""Addresses of the showcase."""

from __future__ import annotations

from django.urls import path

from showcase import views

app_name = "showcase"

urlpatterns = [
    path("submit", views.submit, name="submit"),
    path("get-status/<str:task_id>", views.get_status, name="get-status"),
    path("my-view/", views.my_view, name="my-view"),
]
