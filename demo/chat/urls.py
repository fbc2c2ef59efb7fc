"""Addresses of the chat."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from chat.views import accounts, members, messages, rooms

app_name = "chat"

urlpatterns = [
    path("chat/", rooms.rooms, name="rooms"),
    path("chat/letters/", members.letters, name="letters"),
    path("chat/<int:room_id>/", rooms.room, name="room"),
    path("chat/<int:room_id>/messages/", messages.messages, name="messages"),
    path("chat/<int:room_id>/presence/", messages.presence, name="presence"),
    path("chat/<int:room_id>/members/", members.members, name="members"),
    path("chat/<int:room_id>/members/<int:member_id>/removal/", members.removal, name="removal"),
    path("accounts/sign-up/", accounts.sign_up, name="sign-up"),
    path("accounts/login/", accounts.SignIn.as_view(), name="sign-in"),
    path("accounts/logout/", LogoutView.as_view(), name="sign-out"),
]
