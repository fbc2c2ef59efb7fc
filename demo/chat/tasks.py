"""What the chat does in the background: short jobs that call a utility, and take plain ids.

The utility is in chat/letters.py. SMTP's own timeout (EMAIL_TIMEOUT, 10 s) is below the job's, and
an error of the server or of the network is tried again; an address that is refused is not.
"""

from __future__ import annotations

import smtplib

from chat import letters
from chat.models import Member, Person
from samovar import Retry, job, schedule

STAFF = "chat.change_member"
"""Who may start them by hand: on an open site everybody could write letters else."""
BY_MAIL = Retry(attempts=5, backoff=5.0, on=(smtplib.SMTPException, OSError))


@job(retry=BY_MAIL, soft_timeout=30, timeout=45, unique="member_id", permission=STAFF)
def tell_admin_of_member(member_id: int) -> str | None:
    """Write to a room's admin that somebody was added.

    Args:
        member_id: The id of the membership.
    """
    member = Member.objects.select_related("room__owner", "user", "added_by").filter(pk=member_id)
    if (added := member.first()) is None:
        print("The person has been removed meanwhile: nothing to tell.")
        return None
    address = letters.member_added(added)
    print(f"Written to {address}.")
    return address


@job(retry=BY_MAIL, soft_timeout=30, timeout=45, unique="user_id", permission=STAFF)
def send_digest(user_id: int) -> str | None:
    """Write to a person what they have not read.

    Args:
        user_id: The id of the user.
    """
    person = Person.objects.select_related("user").get(user_id=user_id)
    address = letters.digest(person.user)
    print(f"Written to {address}." if address else "Nothing is unread.")
    return address


@schedule(cron="0 8 * * *", name="morning_digests", catch_up="last")
@job(timeout=60, permission=STAFF)
def morning_digests() -> int:
    """Start a digest for each person who wants one."""
    people = Person.objects.filter(wants_digest=True, user__is_active=True)
    for user_id in people.values_list("user_id", flat=True):
        send_digest.submit(user_id)
    return people.count()
