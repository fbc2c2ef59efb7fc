"""`manage.py demo`: two people who can sign in, a room, and nothing twice."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db.models import Count

from chat.management.commands.demo import Command
from chat.models import Member, Message, Person, Room
from samovar.models import Run

pytestmark = pytest.mark.integration

SIGN_IN = re.compile(r"^  (\w+) +(\S+)$", re.MULTILINE)
CHOSEN = "samovar-tea-7"


@pytest.fixture(autouse=True)
def terminal(monkeypatch) -> None:
    """Begin each test in a terminal that speaks no language of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def cheap_passwords(settings) -> None:
    """Hash quickly: what is asked here is who has which password, not how it is kept."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def demo(capsys):
    """Give the command; it returns what it prints."""

    def call(*argv: str) -> str:
        call_command("demo", *argv)
        return capsys.readouterr().out

    return call


def passwords(printed: str) -> dict[str, str]:
    return dict(SIGN_IN.findall(printed))


def test_both_sign_in_with_what_is_printed_and_meet_in_a_room(demo):
    printed = demo()
    told = passwords(printed)
    assert told.keys() == {"anna", "boris"}
    assert told["anna"] != told["boris"]
    people = [authenticate(username=name, password=word) for name, word in told.items()]
    room = Room.objects.get()
    assert list(Member.objects.filter(room=room).values_list("user", flat=True)) == [
        one.pk for one in people
    ]
    assert f"http://localhost:8000{room.get_absolute_url()}" in printed
    assert room.messages.count() == 3
    assert [run.job for run in Run.objects.all()] == ["tell_admin_of_member"]


def test_a_second_call_makes_nothing_and_prints_no_password(demo):
    told = passwords(demo())
    kinds = (get_user_model(), Person, Room, Member, Message, Run)
    before = [kind.objects.count() for kind in kinds]
    again = demo()
    assert [kind.objects.count() for kind in kinds] == before
    assert passwords(again) == {}
    assert "--reset" in again
    assert not [word for word in told.values() if word in again]
    assert authenticate(username="anna", password=told["anna"])


def test_reset_gives_new_passwords_and_the_old_ones_end(demo):
    old, new = passwords(demo()), passwords(demo("--reset"))
    assert authenticate(username="boris", password=new["boris"])
    assert authenticate(username="boris", password=old["boris"]) is None


def test_it_says_what_it_does():
    parser = Command().create_parser("manage.py", "demo")
    assert "Make two people and a room" in parser.format_help()


def test_a_password_of_choice(demo):
    assert passwords(demo("--password", CHOSEN)) == {"anna": CHOSEN, "boris": CHOSEN}


def test_a_password_that_anybody_guesses_is_refused_and_nothing_is_made(demo):
    with pytest.raises(CommandError, match="too short"):
        demo("--password", "tea")
    assert not get_user_model().objects.exists()


def test_a_stranger_of_that_name_keeps_name_and_password(demo, person):
    stranger = person("boris")
    stranger.email = "boris@tea.example"
    stranger.set_password("his-own-word-1")
    stranger.save()
    with pytest.raises(CommandError, match="“boris” is somebody else"):
        demo("--reset")
    assert authenticate(username="boris", password="his-own-word-1") == stranger
    assert not get_user_model().objects.filter(username="anna").exists()
    assert not Room.objects.exists()


def test_a_stranger_who_signed_up_as_admin_becomes_no_superuser(demo, person):
    stranger = person("admin")
    with pytest.raises(CommandError, match="“admin” is somebody else"):
        demo("--admin", "--reset")
    stranger.refresh_from_db()
    assert not stranger.is_superuser
    assert not Room.objects.exists()


def test_a_superuser_only_when_asked_for_and_none_is_there(demo, person):
    demo()
    assert not get_user_model().objects.filter(is_superuser=True).exists()
    told = passwords(demo("--admin"))
    assert authenticate(username="admin", password=told["admin"]).is_superuser
    get_user_model().objects.filter(username="admin").delete()
    person("vera", is_superuser=True)
    assert "admin" not in passwords(demo("--admin", "--reset"))
    assert get_user_model().objects.filter(is_superuser=True).aggregate(n=Count("pk"))["n"] == 1


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "Попробуйте"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "Try:"),
        ({"LANG": "de_DE.UTF-8"}, "Try:"),
        ({"LANG": "C.UTF-8"}, "Try:"),
    ],
)
def test_the_terminal_s_language_if_the_site_speaks_it(demo, monkeypatch, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert words in demo()
