"""The letter that brings a report to the staff."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.activity import Period


def send_to_staff(content: bytes, period: Period) -> list[str]:
    """Mail the PDF to all of the staff who have an address; return the addresses.

    Raises smtplib's errors and OSError where the server does not take it.
    """
    people = get_user_model().objects.filter(is_staff=True, is_active=True).exclude(email="")
    addresses = sorted(people.values_list("email", flat=True))
    if not addresses:
        return []
    days = [date_format(day, "DATE_FORMAT") for day in (period.first, period.last)]
    subject = _("Activity digest: {first} — {last}").format(first=days[0], last=days[1])
    letter = EmailMessage(subject, _("The digest is attached.") + "\n", bcc=addresses)
    letter.attach("digest.pdf", content, "application/pdf")
    letter.send()
    return addresses
