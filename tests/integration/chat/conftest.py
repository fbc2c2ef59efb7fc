"""People and a room."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from chat.models import Person
from chat.rooms import add_member, make_room


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin each test in English: a request leaves its language to the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def open_site(transactional_db, settings):
    """Let everybody in, as the demo does."""
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": True}


@pytest.fixture
def person(transactional_db, django_user_model) -> Callable:
    """Make a person."""

    def make(name: str, language: str = "en", **values):
        user = django_user_model.objects.create_user(name, f"{name}@example.org", **values)
        Person.objects.create(user=user, language=language)
        return user

    return make


@pytest.fixture
def anna(person):
    return person("anna")


@pytest.fixture
def boris(person):
    return person("boris", language="ru")


@pytest.fixture
def room(anna):
    return make_room(anna, "Tea")


@pytest.fixture
def shared_room(room, anna, boris):
    add_member(room, boris, anna)
    return room


@pytest.fixture
def as_() -> Callable[..., Client]:
    """Give a browser in which a person is signed in."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
