"""`manage.py demo`: two people, a room, and how to sign in."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from chat.beginning import Account, Taken, begin
from chat.models import Room

LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Who is set first says the language of a terminal, as POSIX has it."""


class Command(BaseCommand):
    """The command. A second call makes nothing new, and says what is there."""

    @property
    def help(self) -> str:  # type: ignore[override] # Django reads it, and never writes it
        """Say what it does; a lazy string would not do: argparse takes it by a pattern."""
        return _("Make two people and a room, and say how to try the chat.")

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--password", help=_("the password of all (otherwise random ones)"))
        parser.add_argument("--reset", action="store_true", help=_("give new passwords"))
        parser.add_argument(
            "--admin", action="store_true", help=_("a superuser too, when there is none")
        )
        parser.add_argument(
            "--url", default="http://localhost:8000", help=_("where the site is, for the hints")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make what is missing, and print how to sign in."""
        with translation.override(language()):
            _refuse_weak(options["password"])
            try:
                room, accounts = begin(
                    password=options["password"],
                    is_reset=options["reset"],
                    with_superuser=options["admin"],
                )
            except Taken as name:
                raise CommandError(_taken(str(name))) from None
            except DatabaseError as error:
                words = _("The database does not answer as it should (%(error)s). Is it migrated?")
                raise CommandError(words % {"error": str(error).strip()}) from error
            self.stdout.write("\n".join(_told(room, accounts, options["url"].rstrip("/"))))


def language() -> str:
    """Return the language of the terminal if the site speaks it, or else the site's own."""
    locale = next((os.environ[name] for name in LOCALE if os.environ.get(name)), "")
    known = dict(settings.LANGUAGES)
    return locale[:2] if locale[:2] in known else settings.LANGUAGE_CODE


def _refuse_weak(password: str | None) -> None:
    if password is None:
        return
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None


def _taken(name: str) -> str:
    words = _("“%(name)s” is somebody else here, and the demo touches no strangers: rename them.")
    return words % {"name": name}


def _told(room: Room, accounts: list[Account], url: str) -> list[str]:
    page = f"{url}{room.get_absolute_url()}"
    return [
        _("The room “%(room)s”: %(page)s") % {"room": room, "page": page},
        "",
        _("Sign in at %(url)s/accounts/login/, each in a browser of their own:") % {"url": url},
        *(_line(account) for account in accounts),
        "",
        _("Try:"),
        "1. " + _("Write in one browser: the other shows it, and that you are writing."),
        "2. " + _("As anna make a room and add boris: anna, its admin, gets a letter."),
        "   " + _where(url),
    ]


def _line(account: Account) -> str:
    kept = _("(password as before; --reset gives a new one)")
    return f"  {account.name:<8}{account.password or kept}"


def _where(url: str) -> str:
    mailers: dict[str, Any] = getattr(settings, "MAILERS", {})  # Django 6.1 has it for EMAIL_…
    options = mailers.get("default", {}).get("OPTIONS", {})
    folder = options.get("file_path") or getattr(settings, "EMAIL_FILE_PATH", None)
    place = str(folder) if folder else _("the mail server (in Docker http://localhost:8025)")
    words = _("It is at the run of tell_admin_of_member on %(url)s/runs/, and in: %(place)s")
    return words % {"url": url, "place": place}
