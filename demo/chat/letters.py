"""Letters: what is written to whom, in the receiver's language."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation

from chat.models import Member, Message, Person
from samovar import artifact

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PERMANENT = 500
"""SMTP replies from here on say: do not try again."""


class Undeliverable(Exception):
    """The letter will not arrive however often it is sent."""


def member_added(member: Member) -> str:
    """Tell a room's admin who was added; return the address."""
    return _send(member.room.owner, "member_added", {"member": member, "room": member.room})


def digest(user: User) -> str | None:
    """Tell a person what they have not read; return the address, None when there is nothing."""
    rooms = []
    for member in Member.objects.filter(user=user).select_related("room"):
        unread = Message.objects.filter(room=member.room, pk__gt=member.last_read).exclude(
            author=user
        )
        if count := unread.count():
            rooms.append({"room": member.room, "count": count, "last": unread.last()})
    return _send(user, "digest", {"rooms": rooms}) if rooms else None


def _send(receiver: User, name: str, context: dict[str, Any]) -> str:
    """Render and send; raises Undeliverable where another try would not help."""
    try:
        validate_email(receiver.email)
    except ValidationError as error:
        words = f"{receiver} has no e-mail address that can be written to. Set it in the admin."
        raise Undeliverable(words) from error
    person = Person.objects.filter(user=receiver).first()
    with translation.override(person.language if person else translation.get_language()):
        context = {**context, "receiver": receiver}
        text = render_to_string(f"chat/letters/{name}.txt", context)
        html = render_to_string(f"chat/letters/{name}.html", context)
    subject, _, body = text.partition("\n")
    letter = EmailMultiAlternatives(subject.strip(), body.strip() + "\n", to=[receiver.email])
    letter.attach_alternative(html, "text/html")
    artifact("letter.eml", letter.message().as_bytes())
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        if min(codes) >= PERMANENT:
            raise Undeliverable(f"The server refuses {receiver.email}: {error}") from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= PERMANENT:
            raise Undeliverable(f"The server refuses the letter: {error}") from error
        raise
    return receiver.email
