"""The letter to a room's admin, through a real SMTP server that is slow, refuses, drops, works."""

from __future__ import annotations

import smtplib
import socket
import threading

import pytest
from django.db import transaction

from chat.letters import Undeliverable
from chat.models import Member, Person
from chat.rooms import add_member, say
from chat.tasks import BY_MAIL, morning_digests, send_digest, tell_admin_of_member
from samovar.models import Run
from tests.rig.ports import free_port

pytestmark = pytest.mark.integration


@pytest.fixture
def member(shared_room, boris) -> Member:
    return Member.objects.get(room=shared_room, user=boris)


def test_the_admin_is_written_to(post, member):
    assert tell_admin_of_member.run(member.pk) == "anna@example.org"
    [letter] = post.letters
    assert (letter["To"], letter["Subject"]) == ("anna@example.org", "boris was added to “Tea”")
    text, html = letter.iter_parts()
    assert "anna has added boris to your room “Tea”" in text.get_content()
    assert "anna has added boris to your room “Tea”" in html.get_content()


def test_the_letter_is_in_the_receiver_s_language(post, member):
    Person.objects.filter(user__username="anna").update(language="ru")
    tell_admin_of_member.run(member.pk)
    [letter] = post.letters
    assert letter["Subject"].strip() == "В комнату «Tea» добавлен участник boris"
    assert "Здравствуйте, anna!" in next(letter.iter_parts()).get_content()


def test_names_are_text_in_the_letter_and_no_header_of_their_own(post, member):
    member.room.name = "<b>Tea</b> & \u202etoast\u202c 🍵"
    member.room.save()
    tell_admin_of_member.run(member.pk)
    text, html = post.letters[0].iter_parts()
    assert "<b>Tea</b> & " in text.get_content()
    assert "&lt;b&gt;Tea&lt;/b&gt; &amp; " in html.get_content()


def test_an_address_that_is_refused_for_good_is_not_tried_again(post, member):
    post.answers = ["550 no such person"]
    with pytest.raises(Undeliverable, match="refuses anna") as error:
        tell_admin_of_member.run(member.pk)
    assert not BY_MAIL.covers(error.value)


@pytest.mark.parametrize("address", ["anna tea.org", "анна@tea.org", "anna@tea.org\nx"])
def test_an_address_that_is_none_is_said_and_not_tried_again(post, member, anna, address):
    type(anna).objects.filter(pk=anna.pk).update(email=address)
    with pytest.raises(Undeliverable, match="no e-mail address that can be written to") as error:
        tell_admin_of_member.run(member.pk)
    assert not BY_MAIL.covers(error.value)
    assert post.letters == []


def test_smtp_gives_up_before_the_job_and_that_before_its_end(settings):
    for one in (tell_admin_of_member, send_digest):
        assert settings.EMAIL_TIMEOUT < one.soft_timeout < one.timeout


def test_without_a_server_the_letter_is_a_file(member, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    tell_admin_of_member.run(member.pk)
    [file] = tmp_path.iterdir()
    assert "To: anna@example.org" in file.read_text()


def test_a_person_without_an_address_is_said_and_not_tried_again(post, member, anna):
    anna.email = ""
    anna.save()
    with pytest.raises(Undeliverable, match="no e-mail address"):
        tell_admin_of_member.run(member.pk)
    assert post.letters == []


def test_a_refusal_for_now_is_tried_again(post, member):
    post.answers = ["450 come back later"]
    with pytest.raises(smtplib.SMTPRecipientsRefused) as error:
        tell_admin_of_member.run(member.pk)
    assert BY_MAIL.covers(error.value)
    assert tell_admin_of_member.run(member.pk)
    assert len(post.letters) == 1


def test_a_slow_server_is_given_up_and_tried_again(post, member, settings):
    settings.EMAIL_TIMEOUT = 0.2
    post.go_on.clear()
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)) as error:
        tell_admin_of_member.run(member.pk)
    assert BY_MAIL.covers(error.value)


def test_a_server_that_is_not_there_is_tried_again(member, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(ConnectionRefusedError) as error:
        tell_admin_of_member.run(member.pk)
    assert BY_MAIL.covers(error.value)


def _hang_up(listener: socket.socket) -> None:
    connection, _address = listener.accept()
    connection.close()


def test_a_server_that_hangs_up_is_tried_again(member, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
        threading.Thread(target=_hang_up, args=[listener], daemon=True).start()
        with pytest.raises(smtplib.SMTPServerDisconnected) as error:
            tell_admin_of_member.run(member.pk)
    assert BY_MAIL.covers(error.value)


def test_a_person_who_has_left_meanwhile_is_not_written_about(post, member):
    member.delete()
    assert tell_admin_of_member.run(member.pk) is None
    assert post.letters == []


def test_an_addition_always_asks_for_one_letter(room, anna, boris):
    member = add_member(room, boris, anna)
    [run] = Run.objects.filter(job=tell_admin_of_member.name)
    assert run.params == {"member_id": member.pk}
    assert add_member(room, boris, anna) is None
    assert Run.objects.filter(job=tell_admin_of_member.name).count() == 1


def test_an_addition_that_is_rolled_back_asks_for_none(room, anna, boris):
    with transaction.atomic():
        add_member(room, boris, anna)
        transaction.set_rollback(True)
    assert not Run.objects.exists()
    assert not Member.objects.filter(user=boris).exists()


def test_the_digest_tells_what_is_unread(post, shared_room, anna, boris):
    say(shared_room, anna, "The kettle boils")
    say(shared_room, anna, "Come")
    assert send_digest.run(boris.pk) == "boris@example.org"
    text = next(post.letters[0].iter_parts()).get_content()
    assert "2 непрочитанных сообщения" in text
    assert "anna: Come" in text
    assert send_digest.run(anna.pk) is None


def test_digests_go_to_those_who_want_them(boris, anna):
    Person.objects.filter(user=boris).update(wants_digest=True)
    assert morning_digests.run() == 1
    [run] = Run.objects.filter(job="send_digest")
    assert run.params == {"user_id": boris.pk}
