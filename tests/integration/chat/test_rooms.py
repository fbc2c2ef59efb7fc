"""Rooms: who may do what in them, and what is refused."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils.html import escape

from chat.models import Member, Message, Person, Room
from chat.rooms import add_member, make_room, say

pytestmark = pytest.mark.integration

JSON = {"accept": "application/json"}


def test_a_stranger_is_asked_to_sign_in(room):
    answer = Client().get(f"/chat/{room.pk}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/chat/")


def test_signing_up_leads_to_the_chat_in_the_language_of_the_page(transactional_db):
    client = Client(headers={"accept-language": "ru"})
    form = {"username": "vera", "email": "vera@example.org"}
    password = {"password1": "samovar-tea-7", "password2": "samovar-tea-7"}
    assert client.post("/accounts/sign-up/", form | password)["Location"] == "/chat/"
    assert Person.objects.get(user__username="vera").language == "ru"
    assert client.get("/chat/").status_code == 200


def test_a_sign_up_that_is_refused_keeps_what_was_typed(transactional_db):
    answer = Client().post("/accounts/sign-up/", {"username": "vera", "email": "nowhere"})
    assert answer.status_code == 422
    assert 'value="vera"' in answer.content.decode()


def test_a_room_is_made_and_its_owner_is_in_it(as_, anna):
    answer = as_(anna).post("/chat/", {"name": "Tea"})
    room = Room.objects.get()
    assert answer["Location"] == f"/chat/{room.pk}/"
    assert Member.objects.get().user == anna


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_room_needs_a_name(as_, anna, name):
    assert as_(anna).post("/chat/", {"name": name}).status_code == 422
    assert not Room.objects.exists()


def test_only_members_see_a_room(as_, room, boris):
    for path in ("", "messages/"):
        assert as_(boris).get(f"/chat/{room.pk}/{path}").status_code == 404
    assert as_(boris).post(f"/chat/{room.pk}/messages/", {"text": "x"}).status_code == 404
    assert as_(boris).post(f"/chat/{room.pk}/presence/").status_code == 404
    assert not Message.objects.exists()


@pytest.mark.parametrize("door", ["live", "live/events", "live/news"])
def test_only_members_listen_to_a_room(as_, room, anna, boris, door):
    address = f"/api/v1/{door}?channel={room.channel}"
    assert as_(anna).get(address).status_code in {200, 501}
    for stranger in (as_(boris), Client()):
        assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("name", ["room:0", "room:", "room:x", f"room:{'9' * 40}", "room:-1"])
def test_a_channel_that_is_no_room_s_is_not_found(as_, anna, name):
    assert as_(anna).get(f"/api/v1/live?channel={name}").status_code == 404


def test_a_room_with_an_id_that_no_table_has_is_not_found(as_, anna):
    assert as_(anna).get(f"/chat/{'9' * 40}/").status_code == 404


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eمرحبا\u202c", "🫖 Чай"])
def test_a_room_s_name_is_text_on_each_page(as_, anna, name):
    client = as_(anna)
    path = client.post("/chat/", {"name": name})["Location"]
    for page in (client.get(path), client.get("/chat/")):
        text = page.content.decode()
        assert escape(name) in text
        assert "<script>alert" not in text


def test_the_letters_that_a_person_wants_are_kept(as_, anna):
    answer = as_(anna).post("/chat/letters/", {"language": "ru", "wants_digest": "on"})
    assert answer["Location"] == "/chat/"
    person = Person.objects.get(user=anna)
    assert (person.language, person.wants_digest) == ("ru", True)


def test_a_language_that_letters_have_not_is_refused_beside_the_field(as_, anna):
    answer = as_(anna).post("/chat/letters/", {"language": "tlh", "wants_digest": "on"})
    assert answer.status_code == 422
    assert "tlh is not one of the available choices" in answer.content.decode()
    assert not Person.objects.get(user=anna).wants_digest


def test_the_admin_adds_a_person_by_name(as_, room, anna, boris):
    answer = as_(anna).post(f"/chat/{room.pk}/members/", {"username": "boris"})
    assert answer["Location"] == f"/chat/{room.pk}/"
    assert Room.of(boris).get() == room


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nobody", "Nobody is called “nobody”."),
        ("", "required"),
        ("anna", "anna is in the room already."),
        ("<script>", "Nobody is called “&lt;script&gt;”."),
    ],
)
def test_an_addition_that_cannot_be_is_refused_beside_the_field(as_, room, anna, name, words):
    answer = as_(anna).post(f"/chat/{room.pk}/members/", {"username": name})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Member.objects.count() == 1


def test_only_the_admin_adds(as_, shared_room, boris, person):
    person("vera")
    answer = as_(boris).post(f"/chat/{shared_room.pk}/members/", {"username": "vera"})
    assert answer.status_code == 403
    assert Member.objects.count() == 2


def test_the_admin_removes_and_others_leave(as_, shared_room, anna, boris):
    mine = Member.objects.get(user=anna)
    theirs = Member.objects.get(user=boris)
    path = f"/chat/{shared_room.pk}/members/"
    assert as_(boris).post(f"{path}{mine.pk}/removal/").status_code == 403
    assert as_(anna).post(f"{path}{mine.pk}/removal/").status_code == 403
    assert as_(anna).post(f"{path}999/removal/").status_code == 404
    assert as_(boris).post(f"{path}{theirs.pk}/removal/")["Location"] == "/chat/"
    add_member(shared_room, boris, anna)
    theirs = Member.objects.get(user=boris)
    assert as_(anna).post(f"{path}{theirs.pk}/removal/").status_code == 303
    assert as_(boris).get(f"/chat/{shared_room.pk}/").status_code == 404


def test_a_message_is_sent_by_a_form_without_a_script(as_, room, anna):
    answer = as_(anna).post(f"/chat/{room.pk}/messages/", {"text": "Tea?"})
    assert answer["Location"] == f"/chat/{room.pk}/#say"
    assert "Tea?" in as_(anna).get(f"/chat/{room.pk}/").content.decode()


def test_a_message_larger_than_any_form_is_refused(as_, room, anna):
    answer = as_(anna).post(f"/chat/{room.pk}/messages/", {"text": "x" * 4_000_000})
    assert answer.status_code in {400, 413}
    assert not Message.objects.exists()


def test_a_message_that_is_sent_twice_is_said_once(as_, room, anna):
    form = {"text": "Tea?", "key": str(uuid.uuid4())}
    client = as_(anna)
    first, second = (
        client.post(f"/chat/{room.pk}/messages/", form, headers=JSON) for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, "x" * 1_000_000, "a\0b"])
def test_a_message_that_cannot_be_is_refused_and_nothing_is_stored(as_, room, anna, text):
    answer = as_(anna).post(f"/chat/{room.pk}/messages/", {"text": text}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert as_(anna).post(f"/chat/{room.pk}/messages/", {"text": text}).status_code == 422
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202eمرحبا\u202c", "👩‍👩‍👧 🍵", "  two\n\nlines  "]
)
def test_what_is_said_is_text(as_, room, anna, text):
    as_(anna).post(f"/chat/{room.pk}/messages/", {"text": text})
    page = as_(anna).get(f"/chat/{room.pk}/").content.decode()
    assert "<script>alert" not in page
    [event] = [
        one
        for one in as_(anna).get(f"/chat/{room.pk}/messages/").json()["events"]
        if one["event"] == "message"
    ]
    assert event["data"]["text"] == text.strip()


def test_what_was_said_after_a_position_comes_in_order(as_, room, anna):
    ids = [say(room, anna, str(n)).pk for n in range(5)]
    events = as_(anna).get(f"/chat/{room.pk}/messages/?after={ids[1]}").json()["events"]
    said = [one["data"]["text"] for one in events if one["event"] == "message"]
    assert said == ["2", "3", "4"]


def test_the_history_goes_on_by_pages(as_, room, anna):
    Message.objects.bulk_create(
        [Message(room=room, author=anna, text=f"n{n:03}") for n in range(120)]
    )
    page = as_(anna).get(f"/chat/{room.pk}/").content.decode()
    assert "n119" in page
    assert "n070" in page
    assert "n069" not in page
    earlier = page.split("?before=")[1].split('"')[0]
    page = as_(anna).get(f"/chat/{room.pk}/?before={earlier}").content.decode()
    assert "n069" in page
    assert "n070" not in page
    assert "To the newest messages" in page
    assert "chat/chat.js" not in page


def test_who_is_there_and_who_writes_is_told(as_, shared_room, anna, boris):
    as_(boris).post(f"/chat/{shared_room.pk}/presence/", {"typing": "1", "read": "7"})
    events = as_(anna).get(f"/chat/{shared_room.pk}/messages/").json()["events"]
    people = {one["name"]: one for one in events[-1]["data"]["people"]}
    assert people["boris"] == {"name": "boris", "here": True, "typing": True}
    assert people["anna"]["here"] is False
    assert Member.objects.get(user=boris).last_read == 7


def test_another_site_s_form_is_refused(as_, room, anna):
    answer = as_(anna).post(
        f"/chat/{room.pk}/messages/", {"text": "x"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert not Message.objects.exists()


def test_a_person_of_one_room_is_none_of_another(as_, room, anna, boris):
    other = make_room(boris, "Coffee")
    member = Member.objects.get(room=other)
    assert as_(anna).post(f"/chat/{room.pk}/members/{member.pk}/removal/").status_code == 404
