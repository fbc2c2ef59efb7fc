"""`token`: let programs in as a person, by bearer tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.management.faults import Faults, Parser
from samovar.management.verbs import verb
from samovar.models import BearerToken

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.base_user import AbstractBaseUser

    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs


def add(verbs: Verbs) -> None:
    """Add the verb, with its three actions."""
    words = _("Let programs use the REST interface as a person.")
    parser = verbs.add_parser("token", help=words, description=words, allow_abbrev=False)
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=Parser
    )
    issue = verb(actions, "add", _issue, help=_("Make a token of a user and print it, once."))
    issue.add_argument("user", metavar="USER", help=_("the name that the user signs in with"))
    issue.add_argument("--name", default="", help=_("which program it is for"))
    verb(actions, "list", _list, help=_("Show the tokens; their texts are kept nowhere."))
    remove = verb(actions, "remove", _remove, help=_("Let nobody in by this token any more."))
    remove.add_argument("id", type=int, metavar="ID", help=_("its number in the list"))


def _issue(options: dict[str, Any], terminal: Terminal) -> int:
    user = _find_user(options["user"])
    with transactions.write():
        token, text = BearerToken.issue(user, options["name"])
    if terminal.as_json:
        terminal.dump({**_told(token), "token": text})
    else:
        terminal.write([text])
        terminal.say(_("Keep it: it is shown this one time. Send it as Authorization: Bearer …"))
    return 0


def _find_user(name: str) -> AbstractBaseUser:
    model = get_user_model()
    try:
        user = model._default_manager.get_by_natural_key(name)  # noqa: SLF001 - its only name
    except model.DoesNotExist as error:
        raise Faults(_("There is no user %(name)r.") % {"name": name}) from error
    if not user.is_active:
        raise Faults(
            _("The user %(name)r is not active, so no token would let in.") % {"name": name}
        )
    return user


def _list(_options: dict[str, Any], terminal: Terminal) -> int:
    tokens = BearerToken.objects.select_related("user").order_by("pk")
    if terminal.as_json:
        terminal.dump([_told(token) for token in tokens])
    else:
        columns = [_("Token"), _("User"), _("Name"), _("Created"), _("Last used")]
        terminal.table(columns, (_row(token) for token in tokens))
    return 0


def _told(token: BearerToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "user": token.user.get_username(),
        "name": token.name,
        "created_at": clock.rfc3339(token.created_at),
        "used_at": clock.rfc3339(token.used_at),
    }


def _row(token: BearerToken) -> tuple[str, ...]:
    times = _shown(token.created_at), _shown(token.used_at)
    return str(token.pk), token.user.get_username(), token.name, *times


def _shown(at: dt.datetime | None) -> str:
    return _("never") if at is None else date_format(localtime(at), "Y-m-d H:i:s")


def _remove(options: dict[str, Any], terminal: Terminal) -> int:
    with transactions.write():
        count, _by_table = BearerToken.objects.filter(pk=options["id"]).delete()
    if not count:
        words = _("There is no token %(id)s. `manage.py samovar token list` shows all.")
        raise Faults(words % {"id": options["id"]})
    terminal.say(_("The token is removed."))
    return 0
